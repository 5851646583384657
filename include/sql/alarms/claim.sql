-- In: a channel, and a time in seconds. Out: the oldest message that waits for it, claimed by who asks; none while
-- another task has claimed it within that time. A repeat finds it claimed.
UPDATE tides.alarm_message
SET claimed_at = now()
WHERE message_id = (
        SELECT message_id FROM tides.alarm_message
        WHERE channel = %(channel)s AND sent_at IS NULL
        ORDER BY message_id
        LIMIT 1
    )
    AND sent_at IS NULL
    AND (claimed_at IS NULL OR claimed_at < now() - %(limit_s)s * interval '1 s')
RETURNING message_id, title, text;
