-- In: a survey and objects. Out: what is kept of their light curves is locked until the transaction ends, in order of the
-- key: two tasks that keep and drop light curves of one object come one after the other.
SELECT FROM tides.judged_curve
WHERE survey = %(survey)s AND object_id = ANY (%(object_id)s::text[])
ORDER BY object_id, hash
FOR UPDATE;
