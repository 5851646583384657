-- In: an attempt that has ended without its report. Out: what went on has been killed.
UPDATE tides.run_task
SET fault = %(killed)s,
    failed_at = now()
WHERE run_id = %(run_id)s AND fault IS NULL;
