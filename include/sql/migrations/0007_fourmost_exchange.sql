-- What was said between us and 4MOST, target by target; when a failed request is tried again; what the guard holds.

CREATE TABLE tides.fourmost_exchange (
    exchange_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_id   text NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('sn', 'host')),
    id       integer NOT NULL,
    name     text NOT NULL,
    verb     text NOT NULL CHECK (verb IN ('create', 'change', 'look up')),
    part     text NOT NULL CHECK (part IN ('request', 'answer')),
    outcome  text CHECK (outcome IN ('stored', 'refused', 'spared', 'denied', 'not sent', 'unknown', 'found', 'not found')),
    content  jsonb,
    CHECK ((part = 'answer') = (outcome IS NOT NULL))
);
CREATE INDEX fourmost_exchange_target ON tides.fourmost_exchange (kind, id, exchange_id);
CREATE INDEX fourmost_exchange_at ON tides.fourmost_exchange (at);
CREATE INDEX fourmost_exchange_answer ON tides.fourmost_exchange (exchange_id)
    WHERE part = 'answer' AND verb IN ('create', 'change');
COMMENT ON TABLE tides.fourmost_exchange IS 'Every request to 4MOST and every answer, target by target; nothing is changed, and what is older than the settings'' limit goes';
COMMENT ON COLUMN tides.fourmost_exchange.content IS 'Of a request the fields sent, of an answer the row at 4MOST or its own words; no header and no secret';

ALTER TABLE tides.fourmost_target
    ADD COLUMN not_before  timestamptz,
    ADD COLUMN held        text CHECK (held IN ('initial', 'created', 'faint', 'reclassified', 'unobserved')),
    ADD COLUMN held_since  timestamptz,
    ADD COLUMN released_by text,
    ADD COLUMN released_at timestamptz;
COMMENT ON COLUMN tides.fourmost_target.attempt IS 'Requests since the last one that was stored';
COMMENT ON COLUMN tides.fourmost_target.sending_since IS 'A request is under way, or its outcome is unknown, since; also says whose request it is';
COMMENT ON COLUMN tides.fourmost_target.not_before IS 'After failures: not tried again before';
COMMENT ON COLUMN tides.fourmost_target.held IS 'The guard holds the change: too many at once of this kind';
COMMENT ON COLUMN tides.fourmost_target.released_by IS 'Who let the held change go; until it is told';
