"""What an operator may set, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process.

    data_dir      holds the embedded database and the service's signing keys
    database_url  PostgreSQL elsewhere (CAUCE_DATABASE_URL); None means the embedded one
    issuer        the public origin: the `iss` of tokens and the `aud` of assertions
    body_seconds  how long a sender may take to send a request's body
    calls_a_minute              that a client may make (see access/calls.py)
    failed_assertions_a_minute  that an address may send: 100 a second cost a tenth of a core
    """

    data_dir: Path
    database_url: str | None
    issuer: str
    host: str
    port: int
    body_seconds: float = 30.0
    calls_a_minute: int = 1_000
    failed_assertions_a_minute: int = 6_000

    @classmethod
    def read(cls, environment: Mapping[str, str], data_dir: str = ".cauce") -> Settings:
        host = environment.get("CAUCE_HOST", "127.0.0.1")
        port = _port(environment.get("CAUCE_PORT", "8000"))
        return cls(
            data_dir=Path(environment.get("CAUCE_DATA_DIR", data_dir)).absolute(),
            database_url=_postgresql(environment.get("CAUCE_DATABASE_URL")),
            issuer=environment.get("CAUCE_ISSUER", f"http://{host}:{port}").rstrip("/"),
            host=host,
            port=port,
        )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError("CAUCE_PORT must be a port number, 1 to 65535")
    return int(text)


def _postgresql(url: str | None) -> str | None:
    if not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise SettingsError("CAUCE_DATABASE_URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"
