-- In: a time. Out: whether it is still to come; since when the past is kept (null: from the first row on); the begin of the
-- oldest transaction that is open and began before that time; and when the newest live run ended. Reads only.
SELECT
    %(as_of)s > now() AS is_to_come,
    (SELECT max(at) FROM tides.past WHERE seed) AS since,
    (
        SELECT min(xact_start) FROM pg_stat_activity
        WHERE datname = current_database()
            AND backend_type = 'client backend'
            AND pid <> pg_backend_pid()
            AND xact_start <= %(as_of)s
    ) AS open_since,
    (SELECT max(ended_at) FROM tides.bridge_run WHERE lane = 'live') AS run_ended;
