"""Alembic's environment: runs the migrations on the connection that `tides.database.migrations.migrate` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="schema_version",
    version_table_schema="tides",
)
with context.begin_transaction():
    context.run_migrations()
