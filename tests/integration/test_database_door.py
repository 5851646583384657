"""The way to PostgreSQL: every field of the connection, TLS, and poolers that lend a session for one transaction."""

import json
import socket

import psycopg
import pytest
import trustme
from cryptography import x509

from sandbox.services.pgbouncer import PgBouncer
from sandbox.services.servers import Login, PostgreSQL
from sandbox.services.service import free_port
from tests.bridge import bring_schema
from tests.builders import AN_ID, an_lsst_message
from tides.commands.doctor import all_checks
from tides.database.session import connect
from tides.errors import AccessRefused, ServiceAway, SettingsError
from tides.hooks.certificates import certificates_end
from tides.hooks.database import DatabaseHook, open_database
from tides.settings.model import DEFAULT_FILE, load_settings

LIMITS = load_settings(DEFAULT_FILE).database
STATED = (
    "SELECT current_setting('tides.by', true) AS by, setting AS ms FROM pg_settings WHERE name = 'statement_timeout'"
)


@pytest.fixture(scope="module")
def poolers(postgres, tmp_path_factory):
    """PgBouncer by its mode, each with two sessions a database."""
    folder = tmp_path_factory.mktemp("poolers")
    with (
        PgBouncer(folder / "session", postgres, "session", sessions=12) as session,
        PgBouncer(folder / "transaction", postgres, "transaction", sessions=2) as transaction,
    ):
        yield {"session": session, "transaction": transaction}


@pytest.fixture(params=["session", "transaction"])
def database(request, postgres, migrated_database, poolers):
    """The URL of a database with the bridge's schema, through each pooler."""
    name = postgres.create_database("pooled", template=migrated_database)
    yield poolers[request.param].url(name)
    postgres.drop_database(name)


@pytest.fixture
def tides_db(monkeypatch):
    """Writes the connection `tides_db`."""

    def write(server, **fields):
        login = {"host": server.conninfo["host"], "port": int(server.conninfo["port"]), "schema": "postgres"}
        login |= {"login": server.conninfo["user"], "password": server.conninfo["password"], "conn_type": "postgres"}
        monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(login | fields))

    return write


def opened(**options):
    """A session by the connection, and its own words on encryption."""
    return open_database("door", any_schema=True, **options)


def test_the_hourly_run_goes_whole_through_a_pooler_and_each_step_keeps_its_author(bridge, outside):
    bridge.publish("lsst", *(an_lsst_message(AN_ID + n, ra=150.0 + n) for n in range(12)))
    told = bridge.run()
    assert (told.created, len(outside.rows())) == (12, 12)
    bridge.connection.execute("UPDATE tides.tides_master SET name = name")
    assert bridge.rows("SELECT DISTINCT by FROM tides.tides_history") == [{"by": "run-1"}]
    assert "# TiDES bridge" in bridge.report()
    assert bridge.run().created == 0
    # What a transaction stated is gone with it: the next client of the pooler gets none of it.
    with psycopg.connect(bridge.database_url, autocommit=True) as stranger:
        assert {stranger.execute(STATED).fetchone()[0] for _ in range(4)} <= {None, ""}


def test_sessions_that_share_one_of_the_server_keep_their_own_author_and_time_outs(postgres, tmp_path):
    short = LIMITS.model_copy(update={"statement_timeout_s": 7})
    with PgBouncer(tmp_path / "pooler", postgres, "transaction", sessions=1) as pooler:
        url = pooler.url("postgres")
        with connect(url, LIMITS, "tides-ada", "ada") as ada, connect(url, short, "tides-bob", "bob") as bob:
            for _ in range(2):
                assert ada.execute(STATED).fetchone() == {"by": "ada", "ms": f"{LIMITS.statement_timeout_s}000"}
                assert bob.execute(STATED).fetchone() == {"by": "bob", "ms": "7000"}
            with ada.cursor() as cursor, ada.transaction():
                cursor.execute("SELECT current_setting('transaction_isolation') AS it")
                assert cursor.fetchone() == {"it": "read committed"}
            named = "SELECT application_name AS name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            assert bob.execute(named).fetchone() == {"name": "tides-bob"}


def test_the_schema_is_made_through_a_pooler_that_names_the_database_its_own_way(postgres, tmp_path):
    name = postgres.create_database("made")
    with PgBouncer(tmp_path / "pooler", postgres, "transaction", sessions=2, aliases={"alias": name}) as pooler:
        bring_schema(pooler.url("alias"))
    with psycopg.connect(postgres.url(name, login=Login.MIGRATOR)) as session:
        assert session.execute("SHOW lock_timeout").fetchone() == (f"{LIMITS.lock_timeout_s}s",)
    postgres.drop_database(name)


def test_what_the_role_or_the_site_has_set_otherwise_does_not_count(postgres):
    name = postgres.create_database("otherwise")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as owner:
        for setting in ("timezone = 'Pacific/Auckland'", "default_transaction_isolation = 'serializable'"):
            owner.execute(f"ALTER DATABASE {name} SET {setting}")
    with connect(postgres.url(name), LIMITS, "tides-test") as own:
        row = own.execute("SELECT now() AS now, current_setting('transaction_isolation') AS isolation").fetchone()
        assert (row["now"].utcoffset().total_seconds(), row["isolation"]) == (0, "read committed")
        own.execute("SET statement_timeout = '1ms'")
        assert own.execute(STATED).fetchone()["ms"] == f"{LIMITS.statement_timeout_s}000"
    postgres.drop_database(name)


def test_an_sql_task_states_the_same_in_its_one_transaction(bridge, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "run-of-airflow")
    steps = ["CREATE TEMPORARY TABLE seen ON COMMIT DROP AS " + STATED, "SELECT by, ms FROM seen"]
    rows = DatabaseHook("sql-step").run(steps, handler=lambda cursor: cursor.fetchall() if cursor.description else [])
    assert rows[-1] == [{"by": "run-of-airflow", "ms": f"{bridge.settings.database.statement_timeout_s}000"}]


@pytest.fixture(scope="module")
def authority():
    """A site's own certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority, tmp_path_factory):
    """The files of certificates: of the CA, of another one, and of a client."""
    folder = tmp_path_factory.mktemp("certificates")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    ours = authority.issue_cert("tides@client.invalid", common_name="postgres")
    ours.cert_chain_pems[0].write_to_path(folder / "client.pem")
    ours.private_key_pem.write_to_path(folder / "client.key")
    (folder / "client.key").chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def encrypted(authority, files, tmp_path_factory):
    """PostgreSQL with TLS for the host `localhost`, whose database `guarded` wants a client's certificate too."""
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(files / "server.pem")
    certificate.private_key_pem.write_to_path(files / "server.key")
    (files / "server.key").chmod(0o600)
    rules = files / "pg_hba.conf"
    rules.write_text(
        "hostssl guarded all 127.0.0.1/32 scram-sha-256 clientcert=verify-full\n"
        "hostssl all all 127.0.0.1/32 scram-sha-256\n"
    )
    settings = {"ssl": "on", "hba_file": f"'{rules}'", "ssl_ca_file": f"'{files / 'ca.pem'}'"}
    settings |= {"ssl_cert_file": f"'{files / 'server.pem'}'", "ssl_key_file": f"'{files / 'server.key'}'"}
    folder = tmp_path_factory.mktemp("encrypted") / "postgresql"
    with PostgreSQL(folder, named="", durable=False, settings=settings) as server:
        server.conninfo["host"] = "localhost"
        with psycopg.connect(server.url("postgres"), autocommit=True) as owner:
            owner.execute("CREATE DATABASE guarded")
        yield server


def test_a_verified_way_is_opened_and_the_doctor_says_so(encrypted, files, tides_db):
    look = dict(all_checks())["database (tides_db)"]
    tides_db(encrypted, extra={"sslmode": "verify-full", "sslrootcert": str(files / "ca.pem")})
    assert "encrypted (TLSv1.3), the server's certificate is verified (sslmode verify-full)" in look()
    tides_db(encrypted, extra={"sslmode": "require"})
    assert "encrypted (TLSv1.3), the server's certificate is not verified (sslmode require)" in look()


def test_the_end_of_the_servers_certificate_and_of_ours_is_seen(encrypted, authority, files, tides_db):
    tides_db(encrypted, extra={"sslcert": str(files / "client.pem"), "sslkey": str(files / "client.key")})
    ends = certificates_end(["tides_db"])
    of = {name: x509.load_pem_x509_certificate((files / name).read_bytes()) for name in ("server.pem", "client.pem")}
    assert ends == {
        f"tides_db: our certificate {files / 'client.pem'}": of["client.pem"].not_valid_after_utc,
        f"tides_db: server localhost:{encrypted.conninfo['port']}": of["server.pem"].not_valid_after_utc,
    }


def test_the_doctor_says_of_an_open_way_and_of_a_pooler_what_they_are(postgres, poolers, tides_db):
    look = dict(all_checks())["database (tides_db)"]
    tides_db(postgres)
    assert look().endswith(", not encrypted (sslmode prefer)")
    tides_db(postgres, port=poolers["transaction"].port)
    assert look().endswith("; through a pooler, whose own way to the server is not encrypted")


def test_a_clients_certificate_is_shown_where_the_server_wants_one(encrypted, files, tides_db):
    shown = {"sslcert": str(files / "client.pem"), "sslkey": str(files / "client.key")}
    tides_db(encrypted, schema="guarded", extra=shown)
    with opened() as session:
        assert session.execute("SELECT current_database() AS it").fetchone() == {"it": "guarded"}
    tides_db(encrypted, schema="guarded")
    with pytest.raises(SettingsError, match=r"tides_db\) cannot be used: it does not admit a session of this kind"):
        opened()


def test_the_first_of_several_hosts_that_works_is_taken_and_the_site_may_name_its_sessions(postgres, tides_db):
    ports = {"port": f"{free_port()},{postgres.conninfo['port']}", "application_name": "north"}
    tides_db(postgres, host="127.0.0.1,127.0.0.1", port=None, extra=ports | {"connect_timeout": 4})
    with opened() as session:
        assert session.info.port == int(postgres.conninfo["port"])
        assert session.info.get_parameters()["application_name"] == "north-door"


WRONG = {
    "another CA": ({"extra": {"sslmode": "verify-full", "sslrootcert": "OTHER"}}, "certificate is not trusted"),
    "no such file": ({"extra": {"sslmode": "verify-full", "sslrootcert": "/none.pem"}}, "a file of certificates"),
    "another host": (
        {"host": "127.0.0.1", "extra": {"sslmode": "verify-full", "sslrootcert": "CA"}},
        "certificate is for another host",
    ),
    "a word": ({"extra": {"sslmode": "sure"}}, "a field of the connection has a wrong value"),
    "a field": ({"extra": {"ssl_mode": "require"}}, "ssl_mode in its extra is no option of libpq"),
    "twice": ({"extra": {"user": "other"}}, "its extra has user, and its login says it too"),
    "the cursor": ({"extra": {"cursor": "namedtuplecursor"}}, "cursor in its extra"),
    "the type": ({"conn_type": "mysql"}, "its type is mysql, and must be postgres"),
    "the database": ({"schema": "nowhere"}, "no such database: correct the connection's schema"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_person_must_correct_is_told_with_its_name(encrypted, files, tides_db, case):
    fields, words = WRONG[case]
    text = json.dumps(fields).replace("OTHER", str(files / "other.pem")).replace('"CA"', f'"{files / "ca.pem"}"')
    tides_db(encrypted, **json.loads(text))
    with pytest.raises(SettingsError, match=words):
        opened()


def test_a_wrong_password_a_closed_port_and_an_unknown_name_are_told_as_what_they_are(postgres, tides_db):
    tides_db(postgres, password="wrong-canary")
    with pytest.raises(AccessRefused, match="refuses our login or password") as refused:
        opened()
    assert "wrong-canary" not in str(refused.value)
    tides_db(postgres, port=free_port())
    with pytest.raises(ServiceAway, match=r"tides_db\) cannot be reached: nothing listens on its port"):
        opened()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tides_db(postgres, port=silent.getsockname()[1], extra={"connect_timeout": 2})
        with pytest.raises(ServiceAway, match="it does not answer in time"):
            opened()
    tides_db(postgres, host="nowhere.invalid")
    with pytest.raises(ServiceAway, match="its host name does not resolve"):
        opened()
    tides_db(postgres, extra={"sslmode": "require"})
    with pytest.raises(SettingsError, match="it does not encrypt, and `sslmode` in the extra asks for it"):
        opened()


def test_what_a_pooler_refuses_is_told_as_what_it_is(postgres, poolers, tides_db):
    port = poolers["transaction"].port
    for fields, error, words in (
        ({"extra": {"options": "-c search_path=tides"}}, SettingsError, "takes no such parameter: .* options"),
        ({"password": "wrong-canary"}, AccessRefused, "refuses our login or password"),
        ({"schema": "nowhere"}, SettingsError, "no such database"),
    ):
        tides_db(postgres, port=port, **fields)
        with pytest.raises(error, match=words):
            opened()
