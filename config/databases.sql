-- What PostgreSQL's container runs once, as its superuser, when its volume is new: the two databases and their logins.
-- In: the secrets in the folder TIDES_SECRETS. psql takes one end of a line off what `cat` says, as config/compose_setup.py
-- does. Repeated: never, since the image runs its first steps on an empty volume alone.
\set tides_password `cat "$TIDES_SECRETS/tides_db_password"`
\set airflow_password `cat "$TIDES_SECRETS/airflow_db_password"`
CREATE ROLE tides LOGIN PASSWORD :'tides_password';
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE tides OWNER tides;
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE tides, airflow FROM PUBLIC;
