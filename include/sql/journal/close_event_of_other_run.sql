-- In: an event's kind and subject, and a run. Out: no such event is open, unless this run has seen it. A repeat changes
-- nothing.
UPDATE tides.event
SET closed_at = now()
WHERE (kind, subject) = (%(kind)s, %(subject)s)
    AND closed_at IS NULL
    AND detail ->> 'run' IS DISTINCT FROM %(run_id)s;
