-- In: an alarm and its message. Out: the message waits for each channel that hears of its beginning. A repeat changes
-- nothing.
INSERT INTO tides.alarm_message (alarm_id, channel, all_clear, title, text)
SELECT alarm_id, channel, true, %(title)s, %(text)s
FROM tides.alarm_message
WHERE alarm_id = %(alarm_id)s AND NOT all_clear
ON CONFLICT (alarm_id, channel, all_clear) DO NOTHING;
