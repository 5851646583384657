-- First in each transaction that writes the master: runs, backfills and people take turns.
-- Both time-outs also end the wait for an advisory lock.
SELECT set_config('lock_timeout', %(lock_timeout)s, true), set_config('statement_timeout', %(statement_timeout)s, true);
SELECT pg_advisory_xact_lock(hashtext('tides_master'));
