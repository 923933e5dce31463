"""The tables. Migrations make them; these classes give statements their columns and types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    FetchedValue,
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
        list[str]: ARRAY(Text, dimensions=1),
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
    """A unit that counts: a court's programme, or a state's consolidated one.

    backfill_until  the last day on which it may bring months that are closed to others
    """

    __tablename__ = "programme"
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]  # court | consolidated
    replaces: Mapped[list[str]]
    backfill_until: Mapped[date | None]


class RosterInterval(Table):
    """The months in which a programme is expected to report; `until` is the last, or open."""

    __tablename__ = "roster_interval"
    programme: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    kind: Mapped[str]  # active | follow_up


class StateLog(Table):
    """The end of each state's log: the last position, and the head there (see proof)."""

    __tablename__ = "state_log"
    state: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[bytes]


class LogEntry(Table):
    """What was accepted or decided, in a state's log; MX has the nation's own acts.

    entry     canonical JSON, the exact text that is hashed
    sequence  over all states, growing in commit order; the database gives it
    kind, programme, period  read from the entry by the database
    """

    __tablename__ = "log_entry"
    state: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, FetchedValue())
    entry: Mapped[str]
    salt: Mapped[bytes]
    head: Mapped[bytes]
    kind: Mapped[str] = mapped_column(FetchedValue())
    programme: Mapped[str | None] = mapped_column(FetchedValue())
    period: Mapped[date | None] = mapped_column(FetchedValue())


class Checkpoint(Table):
    """A signed statement about the heads of all logs at an instant.

    heads      [state, position, head in hex] of each, by state: what the root is made of
    statement  a compact JWS over the root
    """

    __tablename__ = "checkpoint"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    made_at: Mapped[datetime]
    heads: Mapped[list[list[Any]]] = mapped_column(JSONB)
    statement: Mapped[str]


class CalendarMonth(Table):
    """The days of a month's reports where they are not the usual ones; all are inclusive."""

    __tablename__ = "calendar_month"
    period: Mapped[date] = mapped_column(primary_key=True)
    opens: Mapped[date]
    due: Mapped[date]
    closes: Mapped[date]


class MonthStands(Table):
    """Where a programme's month stands; made of its revisions and the entries about it.

    revision, first_received_at  None while nothing was reported
    due         the day that an extension moved the due day to
    open_until  the last day on which an extension or a return lets it in
    """

    __tablename__ = "month"
    programme: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str]
    revision: Mapped[int | None]
    first_received_at: Mapped[datetime | None]
    needs_correction: Mapped[bool]
    returned: Mapped[bool]
    explanation_due: Mapped[bool]
    waived: Mapped[bool]
    due: Mapped[date | None]
    open_until: Mapped[date | None]


class Revision(Table):
    """An accepted report, as it came in; a later revision supersedes an earlier one.

    document   the canonical JSON, the exact text that content_digest covers
    numbers    a cell each in the contract's order, NULL where there is no number
    statuses   the status number of each cell, 0 where the document does not have it
    findings   what the check said without refusing: {"rule", "severity", "pointer", "variant",
               "figures"}
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
    numbers: Mapped[list[int | None]] = mapped_column(ARRAY(Integer, dimensions=1))
    statuses: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger, dimensions=1))
    acknowledgements: Mapped[list[dict[str, Any]]]
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    client: Mapped[str]
    received_at: Mapped[datetime]
    log_position: Mapped[int] = mapped_column(BigInteger)
    receipt: Mapped[str]
    findings: Mapped[list[dict[str, Any]]]


# The latest revision of each programme's month: a view of the same columns.
REVISION_IN_FORCE = Revision.metadata.tables["revision"].to_metadata(
    MetaData(), name="revision_in_force"
)


class Client(Table):
    """A machine that may call until it is revoked: a state's system, or a national one."""

    __tablename__ = "client"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str | None]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ClientKey(Table):
    """A public key of a client; `kid` is its RFC 7638 thumbprint.

    added_by                 a client's id, or that of the command line
    not_before .. not_after  when it holds, but for its end; without one, from or for ever
    """

    __tablename__ = "client_key"
    client: Mapped[str] = mapped_column(primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    added_by: Mapped[str | None]
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Enrolment(Table):
    """A link that registers a client once; only the SHA-256 of its token is kept.

    name, state, scopes  what the client will be
    client               the one that it became
    """

    __tablename__ = "enrolment"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str | None]
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    client: Mapped[str | None]


class RevokedToken(Table):
    """An access token that its client gave up, kept until it would have ended."""

    __tablename__ = "revoked_token"
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class UsedAssertion(Table):
    """The assertions that were used up, kept until they expire."""

    __tablename__ = "used_assertion"
    client: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class Person(Table):
    """Somebody who signs in to the dashboard, until disabled; `email` in small letters."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    state: Mapped[str | None]
    disabled_at: Mapped[datetime | None]


class Credential(Table):
    """What a person proves to be by.

    password   an argon2id hash, with its parameters
    secret     of the second factor, sealed under a key that is not in the database
    last_step  the step of 30 seconds of the last code that was used; none before is taken
    """

    __tablename__ = "credential"
    person: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    secret: Mapped[bytes | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Table):
    """A code that stands in for the second factor once; only its SHA-256 is kept."""

    __tablename__ = "recovery_code"
    person: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)


class Invitation(Table):
    """A link by which a person sets a password once; only the SHA-256 of its token is kept."""

    __tablename__ = "invitation"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    person: Mapped[str]
    expires_at: Mapped[datetime]


class SignInLink(Table):
    """A link that signs a person in once; only the SHA-256 of its token is kept."""

    __tablename__ = "sign_in_link"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    person: Mapped[str]
    expires_at: Mapped[datetime]


class Session(Table):
    """A person's session; only the SHA-256 of its token is kept.

    stage           `code`: the password was right, a code is awaited; `set_up`: a second factor
                    is to be set up first; `signed_in`
    offered_secret  of a second factor that is being set up, sealed
    """

    __tablename__ = "session"
    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    person: Mapped[str]
    stage: Mapped[Literal["code", "set_up", "signed_in"]]
    offered_secret: Mapped[bytes | None]
    expires_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]


class Throttle(Table):
    """How often something was done within its window; `bucket` is a SHA-256 of its name."""

    __tablename__ = "throttle"
    bucket: Mapped[bytes] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(BigInteger)
    ends: Mapped[datetime]


class AuditBatch(Table):
    """Entries of the audit that were written at once; each digest covers all before it."""

    __tablename__ = "audit_batch"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int]
    digest: Mapped[bytes]


class AuditEntry(Table):
    """Who did what, from where and how it ended: `entry` is canonical JSON, the text hashed.

    The columns after it are taken from its text by the database.
    """

    __tablename__ = "audit_entry"
    batch: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str]
    at: Mapped[str] = mapped_column(FetchedValue())
    client: Mapped[str | None] = mapped_column(FetchedValue())
    person: Mapped[str | None] = mapped_column(FetchedValue())
    operation: Mapped[str] = mapped_column(FetchedValue())
