"""Alembic's environment: runs the versions over the connection that `migrate` hands it."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from cauce.store.tables import Table


def run() -> None:
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise TypeError("run migrations with `cauce-service migrate`, which opens the database")
    context.configure(connection=connection, target_metadata=Table.metadata)
    with context.begin_transaction():
        context.run_migrations()


run()
