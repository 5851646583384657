-- In: an alarm, its message, and the channels. Out: the message waits for each channel. A repeat changes nothing.
INSERT INTO tides.alarm_message (alarm_id, channel, all_clear, title, text)
SELECT %(alarm_id)s, channel, false, %(title)s, %(text)s
FROM unnest(%(channels)s::text[]) AS c (channel)
ON CONFLICT (alarm_id, channel, all_clear) DO NOTHING;
