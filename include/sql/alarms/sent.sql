-- In: a message. Out: it has been sent. A repeat changes nothing that is read.
UPDATE tides.alarm_message SET sent_at = now() WHERE message_id = %(message_id)s;
