"""Run by Alembic: migrates the connection that ``migrate`` was given, and looks at no table but Windage's own."""

from __future__ import annotations

from alembic import context

from windage.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
