"""The database of an installation: the embedded one while it is used, or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cauce.settings import Settings
from cauce.store import embedded


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to connect: as the owner of the tables, to migrate, and as the service."""

    owner: str
    app: str
    is_embedded: bool


@contextmanager
def database(settings: Settings, say: Callable[[str], None]) -> Iterator[Addresses]:
    """The addresses of the database, which answers while this lasts.

    CAUCE_DATABASE_URL must sign in as a member of the roles that are needed: of cauce_app to
    serve, and of cauce_owner, or as one who may create both, to migrate.
    """
    if settings.database_url:
        yield Addresses(settings.database_url, settings.database_url, is_embedded=False)
        return
    with embedded.running(settings.data_dir, say) as cluster:
        yield Addresses(cluster.url("cauce_owner"), cluster.url("cauce_app"), is_embedded=True)
