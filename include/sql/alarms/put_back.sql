-- In: a message that its channel has not taken. Out: it waits again, and anybody may claim it. A repeat changes nothing.
UPDATE tides.alarm_message SET claimed_at = NULL WHERE message_id = %(message_id)s AND sent_at IS NULL;
