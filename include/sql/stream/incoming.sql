-- The shape in which a batch of messages is copied into the database: empty after this, gone at commit. JSON is text
-- here, since it is read once more on its way into a table.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_alert (
    lane             text,
    stream           text,
    object_id        text,
    survey           text,
    alert            text,
    alert_hash       bytea,
    known_at         timestamptz,
    ra               double precision,
    dec              double precision,
    cell             integer,
    first_jd         double precision,
    last_jd          double precision,
    before_jd        double precision,
    detections       integer,
    sherlock_class   text,
    bands            text,
    messages         bigint,
    origin           text,
    waits            boolean,
    light_curve      bytea,
    light_curve_hash bytea
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_night (
    stream    text,
    night     integer,
    object_id text,
    cell      integer
) ON COMMIT DROP;
TRUNCATE incoming_alert, incoming_night;
