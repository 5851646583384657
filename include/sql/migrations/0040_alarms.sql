-- What the watchdog has said, and what it still has to say: a message that could not be sent waits here.
CREATE TABLE tides.alarm (
    alarm_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX alarm_open ON tides.alarm (kind) WHERE ended_at IS NULL;
COMMENT ON TABLE tides.alarm IS 'Each time that a kind of event of which messages are sent was open, from its beginning to its end';

CREATE TABLE tides.alarm_message (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_id bigint NOT NULL REFERENCES tides.alarm (alarm_id),
    channel text NOT NULL,
    all_clear boolean NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    claimed_at timestamptz,
    sent_at timestamptz,
    UNIQUE (alarm_id, channel, all_clear)
);
CREATE INDEX alarm_message_unsent ON tides.alarm_message (channel, message_id) WHERE sent_at IS NULL;
COMMENT ON TABLE tides.alarm_message IS 'The two messages of an alarm by each channel: that it began, and that it is over';
COMMENT ON COLUMN tides.alarm_message.channel IS 'Its name in alarms.notifiers';
COMMENT ON COLUMN tides.alarm_message.claimed_at IS 'A task sends it since then; it is sent by another one when that task must be dead';
COMMENT ON COLUMN tides.alarm_message.sent_at IS 'The channel has taken it; NULL: it waits';
