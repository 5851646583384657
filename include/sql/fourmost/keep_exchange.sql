-- In: a request to 4MOST about a target, or its answer with the outcome. Out: one more row of fourmost_exchange. No
-- row is ever changed: a repeat is another exchange.
INSERT INTO tides.fourmost_exchange (at, run_id, id, name, verb, part, outcome, content)
VALUES (clock_timestamp(), %(run_id)s, %(id)s, %(name)s, %(verb)s, %(part)s, %(outcome)s, %(content)s::jsonb);
