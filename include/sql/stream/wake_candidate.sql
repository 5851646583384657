-- In: an object that had been set aside. Out: it waits for evaluation again, with no attempt used.
UPDATE tides.candidate
SET waiting = true,
    waiting_since = now(),
    attempts = 0,
    problem = NULL
WHERE (lane, stream, object_id) = (%(lane)s, %(stream)s, %(object_id)s);
