-- What the view Statistics tells of a night is kept as sums, so that no look counts messages, verdicts or waits: which
-- criteria reject alone and together, what the broker sent and what its database has, and how long targets waited.
ALTER TABLE tides.night_rate ADD COLUMN paired integer NOT NULL DEFAULT 0 CHECK (paired >= 0);
COMMENT ON COLUMN tides.night_rate.paired IS 'Of how many of these verdicts night_criterion.alone and night_pair tell; fewer than judged: code from before this column judged some';

ALTER TABLE tides.night_criterion ADD COLUMN alone integer NOT NULL DEFAULT 0 CHECK (alone >= 0);
COMMENT ON COLUMN tides.night_criterion.alone IS 'How many failed this criterion and no other: they would have passed but for it';

CREATE TABLE tides.night_pair (
    stream        text NOT NULL,
    night         date NOT NULL,
    function      text NOT NULL,
    function_hash text NOT NULL,
    criterion     text NOT NULL,
    other         text NOT NULL,
    failed        integer NOT NULL CHECK (failed > 0),
    PRIMARY KEY (stream, night, function, function_hash, criterion, other),
    CHECK (criterion <> other)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.night_pair IS 'The verdicts of night_criterion by two criteria that failed together, each pair once. Some hundred rows a night at most, and kept';
COMMENT ON COLUMN tides.night_pair.failed IS 'How many failed both, and perhaps others';

CREATE TABLE tides.night_stream (
    stream text NOT NULL,
    night  date NOT NULL,
    read   integer CHECK (read >= 0),
    sent   integer CHECK (sent >= 0),
    rows   integer CHECK (rows >= 0),
    PRIMARY KEY (stream, night)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.night_stream IS 'Per stream and night the messages, and the rows of the broker''s database. Without a row there was none; NULL: on this night the count began, so neither it nor those before it are known';
COMMENT ON COLUMN tides.night_stream.night IS 'The UTC day';
COMMENT ON COLUMN tides.night_stream.read IS 'Messages that were read on this day, dead letters among them';
COMMENT ON COLUMN tides.night_stream.sent IS 'Messages that the broker had sent on this day, by its stamp';
COMMENT ON COLUMN tides.night_stream.rows IS 'Objects whose row the broker''s database had changed on this day, as the audit found them: known up to stream_audit.audited_until';

-- The day of the upgrade: code from before has read a part of it.
INSERT INTO tides.night_stream (stream, night)
SELECT DISTINCT stream, (now() AT TIME ZONE 'UTC')::date
FROM tides.stream_offset
WHERE lane = 'live';

ALTER TABLE tides.night_step ADD COLUMN waits integer[];
COMMENT ON COLUMN tides.night_step.waits IS 'How many of the same hours lie below 1, from 1 to 2, 3, 6, 12, 24, 48, 96, 168 and above; NULL: no such hours, or counted before this column';

CREATE INDEX tides_spectrum_night ON tides.tides_spectrum (night);
