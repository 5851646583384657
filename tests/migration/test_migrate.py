"""What `migrate` applies, adopts and refuses, and what becomes of functions and views."""

import psycopg
import pytest

from tides.database.schema_check import demand_schema
from tides.database.schema_files import read_files
from tides.errors import SettingsError

NEWEST = read_files().newest
TARGET = "schema/views/target.sql"


def versions(place):
    return [row["version"] for row in place.rows("SELECT version FROM tides.schema_migration ORDER BY version")]


def demand(place):
    return demand_schema(place.connection, read_files(place.folder))


def test_an_empty_database_gets_every_file_once_and_a_further_time_nothing(place):
    done = place.migrate()
    names = [m.name for m in read_files().migrations] + [r.place for r in read_files().repeatables]
    assert (done.version, list(done.applied)) == (NEWEST, names)
    assert versions(place) == list(range(1, NEWEST + 1))
    assert demand(place) == f"{NEWEST:04d}"
    again = place.migrate()
    assert (again.version, again.applied) == (NEWEST, ())
    assert place.rows("SELECT DISTINCT by FROM tides.schema_migration") == [{"by": "ada"}]


def test_a_second_file_of_one_number_is_refused_and_nothing_is_changed(migrated):
    migrated.write("migrations/0013_added_later.sql", "-- Later.\nCREATE TABLE tides.added_later (a text);\n")
    with pytest.raises(SettingsError, match=r"0013_added_later.sql and 0013_visits.sql have one number"):
        migrated.migrate()
    assert migrated.rows("SELECT to_regclass('tides.added_later') AS it") == [{"it": None}]


def test_an_edited_file_is_told_by_migrate_and_by_whoever_opens_the_database(migrated):
    migrated.edit("migrations/0009_hand.sql", "snr < 1e6", "snr < 1e7")
    words = r"0009_hand.sql in include/sql/migrations is not what was applied .* never edited"
    with pytest.raises(SettingsError, match=words):
        migrated.migrate()
    with pytest.raises(SettingsError, match=words):
        demand(migrated)


def test_a_file_that_got_another_name_or_is_gone_is_told(migrated):
    (migrated.folder / "migrations/0009_hand.sql").rename(migrated.folder / "migrations/0009_head.sql")
    with pytest.raises(SettingsError, match=r"0009_head.sql .* applied to the database as 0009_hand.sql"):
        demand(migrated)
    (migrated.folder / "migrations/0009_head.sql").unlink()
    with pytest.raises(SettingsError, match="no 0009 before 0010"):
        demand(migrated)


def test_a_database_without_the_schema_or_behind_it_is_told_with_the_command(place):
    needed = read_files().oldest  # the newest migrations may be optional
    with pytest.raises(SettingsError, match=rf"schema is missing, this code needs {needed:04d}: run `tides"):
        demand(place)
    place.migrate()
    place.add("-- A table.\nCREATE TABLE tides.further (a text);\n")
    with pytest.raises(SettingsError, match=rf"schema is {NEWEST:04d}, this code needs {NEWEST + 1:04d}: run `tides"):
        demand(place)


def test_code_works_without_an_optional_migration(migrated):
    migrated.add("-- An index.\n-- optional: only slower without it\nCREATE INDEX ON tides.event (opened_at);\n")
    assert demand(migrated) == f"{NEWEST:04d}"


def test_older_code_works_with_a_database_that_was_expanded_and_refuses_one_that_was_contracted(migrated, make_place):
    older = make_place()
    migrated.add("-- A column.\nALTER TABLE tides.event ADD COLUMN a text;\n")
    migrated.migrate()
    known = read_files(older.folder)
    assert demand_schema(migrated.connection, known).startswith(
        f"{NEWEST + 1:04d}, newer than this code's {NEWEST:04d}"
    )
    migrated.add("-- It goes.\n-- contract: 1.4.0\nALTER TABLE tides.event DROP COLUMN a;\n", "gone")
    migrated.migrate()
    with pytest.raises(SettingsError, match=rf"{NEWEST + 2:04d}_gone.sql took away .* up to release 1.4.0 uses"):
        demand_schema(migrated.connection, known)
    older.url = migrated.url
    with pytest.raises(SettingsError, match="took away"):
        older.migrate()


def test_the_older_codes_migrate_leaves_a_database_that_was_expanded_as_it_is(migrated, make_place):
    older = make_place()
    older.url = migrated.url
    migrated.add("-- A column.\nALTER TABLE tides.event ADD COLUMN a text;\n")
    migrated.edit(TARGET, "'host'", "'host'::text")
    migrated.migrate()
    assert older.migrate().applied == ()
    assert demand(migrated) == f"{NEWEST + 1:04d}"


def test_code_from_before_0014_reads_the_newest_version_in_its_own_table(migrated):
    assert migrated.rows("SELECT version_num FROM tides.schema_version") == [{"version_num": f"{NEWEST:04d}"}]


def test_a_changed_function_is_demanded_until_it_is_applied_and_later_code_may_have_a_newer_one(migrated, make_place):
    older = read_files(make_place().folder)
    migrated.edit("schema/functions/jd_utc.sql", "2440587.5", "2440587.5 + 0")
    with pytest.raises(SettingsError, match=r"it lacks schema/functions/jd_utc.sql: run `tides migrate`"):
        demand(migrated)
    assert migrated.migrate().applied == ("schema/functions/jd_utc.sql",)
    assert demand(migrated) == f"{NEWEST:04d}"
    assert demand_schema(migrated.connection, older) == f"{NEWEST:04d}; the database has newer forms of jd_utc"


def test_a_view_may_change_its_columns_though_other_views_read_it_and_its_grants_stay(migrated):
    migrated.connection.execute("GRANT SELECT ON tides.active_at_4most, tides.observable_next TO PUBLIC")
    migrated.edit("schema/views/active_at_4most.sql", "    f.id, f.name,\n", "    f.name, f.id, f.state,\n")
    migrated.migrate()
    columns = [row["name"] for row in migrated.rows(
        "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'tides.active_at_4most'::regclass ORDER BY attnum"
    )]  # fmt: skip
    assert columns == ["name", "id", "state", "ra", "dec", "mag"]
    assert migrated.rows("SELECT * FROM tides.observable_next") == []
    granted = migrated.rows(
        "SELECT table_name AS name, privilege_type AS may FROM information_schema.table_privileges"
        " WHERE table_schema = 'tides' AND grantee = 'PUBLIC' ORDER BY table_name"
    )
    assert granted == [{"name": n, "may": "SELECT"} for n in ("active_at_4most", "observable_next")]


def test_a_migration_may_change_what_views_and_functions_on_views_read(migrated):
    migrated.write(
        "schema/functions/all_targets.sql",
        "-- All targets.\nCREATE OR REPLACE FUNCTION tides.all_targets() RETURNS SETOF tides.target\n"
        "    LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM tides.target; END;\n",
    )
    migrated.migrate()
    migrated.add(
        "-- The reason goes.\n-- contract: 0.1.0\nALTER TABLE tides.tides_master DROP COLUMN reason;\n"
        "ALTER TABLE tides.tides_hosts DROP COLUMN reason;\n"
    )
    migrated.edit(TARGET, " reason,", "")
    migrated.migrate()
    assert migrated.rows("SELECT * FROM tides.all_targets()") == []
    with pytest.raises(psycopg.errors.UndefinedColumn):
        migrated.rows("SELECT reason FROM tides.target")


def test_a_new_value_of_a_type_can_be_used_by_the_views_that_come_with_it(migrated):
    migrated.add("-- A type.\nCREATE TYPE tides.kind AS ENUM ('sn');\n")
    migrated.migrate()
    migrated.add("-- A value.\nALTER TYPE tides.kind ADD VALUE IF NOT EXISTS 'agn';\n", "agn")
    migrated.write(
        "schema/views/agns.sql", "-- A row.\nCREATE OR REPLACE VIEW tides.agns AS SELECT 'agn'::tides.kind AS k;\n"
    )
    migrated.migrate()
    assert migrated.rows("SELECT k FROM tides.agns") == [{"k": "agn"}]


def test_functions_and_views_that_read_each_other_need_no_order(migrated):
    head = "-- A chain.\nCREATE OR REPLACE "
    migrated.write("schema/views/a_first.sql", f"{head}VIEW tides.a_first AS SELECT tides.z_last() AS n;\n")
    function = "FUNCTION tides.z_last() RETURNS bigint LANGUAGE sql STABLE"
    migrated.write("schema/functions/z_last.sql", f"{head}{function} RETURN (SELECT count(*) FROM tides.b_second);\n")
    migrated.write("schema/views/b_second.sql", f"{head}VIEW tides.b_second AS SELECT FROM tides.target;\n")
    migrated.migrate()
    assert migrated.rows("SELECT n FROM tides.a_first") == [{"n": 0}]


def test_a_function_may_get_other_arguments_and_another_result(migrated):
    file = "schema/functions/name_number.sql"
    migrated.edit(file, "(letters text) RETURNS bigint", "(letters varchar, n int) RETURNS numeric")
    migrated.edit(file, "::bigint", "::numeric / n")
    migrated.migrate()
    query = "SELECT pg_get_function_identity_arguments(oid) AS it FROM pg_proc WHERE proname = 'name_number'"
    assert migrated.rows(query) == [{"it": "letters character varying, n integer"}]


def test_a_view_whose_file_is_gone_is_dropped_and_told(migrated):
    (migrated.folder / "schema/views/observable_next.sql").unlink()
    assert migrated.migrate().applied == ("view observable_next is dropped",)
    assert migrated.rows("SELECT to_regclass('tides.observable_next') AS it") == [{"it": None}]
    assert migrated.migrate().applied == ()


def test_views_whose_files_are_gone_are_dropped_though_a_function_returns_their_rows_to_another(migrated):
    head, body = "-- A chain.\nCREATE OR REPLACE ", "LANGUAGE sql STABLE BEGIN ATOMIC"
    files = {
        "views/v": "VIEW tides.v AS SELECT 1 AS n;\n",
        "functions/f": f"FUNCTION tides.f() RETURNS SETOF tides.v {body} SELECT n FROM tides.v; END;\n",
        "functions/g": f"FUNCTION tides.g() RETURNS bigint {body} SELECT count(*) FROM tides.f(); END;\n",
    }
    for name, text in files.items():
        migrated.write(f"schema/{name}.sql", head + text)
    migrated.migrate()
    for name in files:
        (migrated.folder / f"schema/{name}.sql").unlink()
    assert migrated.migrate().applied == ("function f is dropped", "function g is dropped", "view v is dropped")


def test_a_function_whose_file_is_gone_and_that_a_trigger_needs_is_told_and_stays(migrated):
    (migrated.folder / "schema/functions/demand_target.sql").unlink()
    with pytest.raises(SettingsError, match=r"function demand_target has no file any more.*trigger demand_target"):
        migrated.migrate()
    assert len(migrated.rows("SELECT FROM pg_proc WHERE proname = 'demand_target'")) == 1


def test_a_view_of_ones_own_upon_ours_stays_and_is_named_when_it_is_in_the_way(migrated):
    migrated.connection.execute("CREATE SCHEMA own; CREATE VIEW own.mine AS SELECT name FROM tides.target")
    migrated.edit(TARGET, "'host'", "'host'::text")
    migrated.migrate()
    assert migrated.rows("SELECT * FROM own.mine") == []
    migrated.edit(TARGET, "name, ra,", "ra, name,")
    with pytest.raises(SettingsError, match=r"schema/views/target.sql: .*view own.mine depends on view tides.target"):
        migrated.migrate()


def test_a_migration_that_fails_is_named_and_changes_nothing(migrated):
    good, bad = "-- A table.\nCREATE TABLE tides.further (a text);\n", "-- Nothing.\nALTER TABLE tides.no ADD a text;\n"
    migrated.add(good)
    name = migrated.add(bad, "bad")
    with pytest.raises(SettingsError, match=rf"{name} cannot be applied, and nothing was changed: .*tides.no"):
        migrated.migrate()
    assert versions(migrated)[-1] == NEWEST
    assert migrated.rows("SELECT to_regclass('tides.further') AS it") == [{"it": None}]
    assert migrated.rows("SELECT * FROM tides.target") == []


def test_a_function_that_cannot_be_made_is_named_and_changes_nothing(migrated):
    migrated.add("-- A table.\nCREATE TABLE tides.further (a text);\n")
    migrated.edit(TARGET, "tides.tides_hosts", "tides.nowhere")
    with pytest.raises(SettingsError, match=r"schema/views/target.sql: relation \"tides.nowhere\" does not exist"):
        migrated.migrate()
    assert versions(migrated)[-1] == NEWEST
    assert migrated.rows("SELECT * FROM tides.decision_on_target") == []


def test_the_roles_sessions_get_the_bridges_time_outs_as_their_default(migrated):
    with psycopg.connect(migrated.url) as session:
        shown = [session.execute(f"SHOW {name}").fetchone()[0] for name in ("statement_timeout", "lock_timeout")]
    assert shown == ["5min", "10s"]
