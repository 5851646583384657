-- The roles of the bridge's database (docs/deployment.md, "Database roles"). A superuser, or a role that may create roles,
-- runs it once for each server, before `tides migrate`. It can be repeated, holds no password, and takes nothing away.
-- PostgreSQL 16 or newer.

-- Who creates a role without being superuser may give it a database only as its member.
SET createrole_self_grant = 'set, inherit';

DO $$
DECLARE
    login text;
    group_role text;
BEGIN
    -- A login gets its password afterwards: \password tides
    FOR login, group_role IN VALUES
        ('tides_migrator', 'tides_owner'),   -- `tides migrate`: owns the tables and changes them
        ('tides', 'tides_writer'),           -- tasks: write rows, and change no table
        ('tides_page', 'tides_reader')       -- the page, reports and people: read
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = group_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', group_role);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', login);
        END IF;
        EXECUTE format('GRANT %I TO %I', group_role, login);
    END LOOP;
END
$$;

-- The bridge states time-outs in each of its transactions. These hold for whatever else uses a login. A login inherits no
-- setting of its group.
ALTER ROLE tides SET statement_timeout = '300s';
ALTER ROLE tides SET lock_timeout = '10s';
ALTER ROLE tides SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE tides_migrator SET statement_timeout = '3600s';
ALTER ROLE tides_migrator SET lock_timeout = '10s';
ALTER ROLE tides_migrator SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE tides_page SET statement_timeout = '300s';
ALTER ROLE tides_page SET lock_timeout = '10s';
ALTER ROLE tides_page SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE tides_page SET default_transaction_read_only = on;
