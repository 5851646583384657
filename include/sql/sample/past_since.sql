-- In: a time. Out: whether it is still to come; since when the past is kept (null: from the first row on); the begin of the
-- oldest transaction that is open and began before that time; and when the newest live run ended. Reads only.
-- Of another login's session PostgreSQL shows no times: an open transaction that may write counts as one that began before.
SELECT
    %(as_of)s > now() AS is_to_come,
    (SELECT max(at) FROM tides.past WHERE seed) AS since,
    (
        SELECT min(coalesce(a.xact_start, %(as_of)s)) FROM pg_stat_activity AS a
        WHERE a.datname = current_database()
            AND a.pid <> pg_backend_pid()
            AND CASE
                WHEN a.backend_type IS NOT NULL THEN a.backend_type = 'client backend' AND a.xact_start <= %(as_of)s
                ELSE has_table_privilege(a.usesysid, 'tides.past', 'INSERT')
                    AND EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'virtualxid')
            END
    ) AS open_since,
    (SELECT max(ended_at) FROM tides.bridge_run WHERE lane = 'live') AS run_ended;
