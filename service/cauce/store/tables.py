"""The tables. Migrations make them; these classes give statements their columns and types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it off the class
        str: Text,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
    }


class Installation(Table):
    """The one row that says whether this is a nation's database or a demo's."""

    __tablename__ = "installation"
    single: Mapped[bool] = mapped_column(primary_key=True)
    kind: Mapped[str]  # national | demo


class ContractLayout(Table):
    """The order of the cells in which a contract version's arrays were written."""

    __tablename__ = "contract_layout"
    version: Mapped[str] = mapped_column(primary_key=True)
    layout_digest: Mapped[str]


class Programme(Table):
    """A unit that counts: a court's programme, or a state's consolidated one."""

    __tablename__ = "programme"
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]  # court | consolidated
    replaces: Mapped[list[str]]


class RosterInterval(Table):
    """The months in which a programme is expected to report; `until` is the last, or open."""

    __tablename__ = "roster_interval"
    programme: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    kind: Mapped[str]  # active | follow_up


class StateLog(Table):
    """The last position of each state's log of accepted revisions."""

    __tablename__ = "state_log"
    state: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class Revision(Table):
    """An accepted report, as it came in; a later revision supersedes an earlier one.

    document   the canonical JSON, the exact text that content_digest covers
    numbers    a cell each in the contract's order, NULL where there is no number
    statuses   the status number of each cell, 0 where the document does not have it
    """

    __tablename__ = "revision"
    programme: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    contract: Mapped[str]
    core_digest: Mapped[str]
    content_digest: Mapped[str]
    document: Mapped[str]
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    statuses: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    acknowledgements: Mapped[list[dict[str, Any]]]
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    client: Mapped[str]
    received_at: Mapped[datetime]
    log_position: Mapped[int] = mapped_column(BigInteger)
    receipt: Mapped[str]


# The latest revision of each programme's month: a view of the same columns.
REVISION_IN_FORCE = Revision.metadata.tables["revision"].to_metadata(
    MetaData(), name="revision_in_force"
)


class Client(Table):
    """A machine that may call: a state's system, or a national one without a state."""

    __tablename__ = "client"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str | None]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]


class ClientKey(Table):
    """A public key of a client; `kid` is its RFC 7638 thumbprint."""

    __tablename__ = "client_key"
    client: Mapped[str] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class UsedAssertion(Table):
    """The assertions that were used up, kept until they expire."""

    __tablename__ = "used_assertion"
    client: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class Person(Table):
    """Somebody who signs in to the dashboard."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    state: Mapped[str | None]


class SignInLink(Table):
    """A link that signs a person in once; only the SHA-256 of its token is kept."""

    __tablename__ = "sign_in_link"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    person: Mapped[str]
    expires_at: Mapped[datetime]


class Session(Table):
    """A person's session; only the SHA-256 of its token is kept."""

    __tablename__ = "session"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    person: Mapped[str]
    expires_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]
