-- What PostgreSQL's container runs once, as its superuser, when its volume is new and config/roles.sql has run: the
-- passwords of the logins, and the two databases. In: the secrets in the folder TIDES_SECRETS. psql takes one end of a
-- line off what `cat` says, as config/compose_setup.py does. Repeated: never, since the image runs its first steps on an
-- empty volume alone.
\set owner_password `cat "$TIDES_SECRETS/tides_db_owner_password"`
\set tides_password `cat "$TIDES_SECRETS/tides_db_password"`
\set reader_password `cat "$TIDES_SECRETS/tides_db_reader_password"`
\set airflow_password `cat "$TIDES_SECRETS/airflow_db_password"`
ALTER ROLE tides_migrator PASSWORD :'owner_password';
ALTER ROLE tides PASSWORD :'tides_password';
ALTER ROLE tides_page PASSWORD :'reader_password';
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE tides OWNER tides_owner;
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE tides, airflow FROM PUBLIC;
