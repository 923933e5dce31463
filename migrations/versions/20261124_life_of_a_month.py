"""Let a month live: where it stands, the acts on it, and a log that proves both.

`month` says where each programme's month stands: the revision in force, when its first one
came, and what is left to do. It is a pointer and can be made again from revisions and entries.

`log_entry` holds, by state, everything that was accepted or decided, each entry chained to the
one before by its hash. `state_log` keeps the end of each log. An entry's kind, programme and
period are taken from its text by the database itself, so that they cannot say anything else.
`sequence` grows in commit order over all states: whoever adds an entry holds a lock from then
until it is committed, so that a reader who has seen a number will never meet a smaller new one.

Revisions from before get entries in the order in which they were accepted.
"""

import hashlib
import json
import os

from alembic import op
from sqlalchemy import text

revision = "20261124"
down_revision = "20261123"

TABLES = """
ALTER TABLE programme ADD COLUMN backfill_until date;

ALTER TABLE state_log ADD COLUMN head bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
    CHECK (octet_length(head) = 32);

CREATE SEQUENCE log_sequence;

CREATE TABLE log_entry (
    state text NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    sequence bigint NOT NULL UNIQUE,
    entry text NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    head bytea NOT NULL CHECK (octet_length(head) = 32),
    kind text NOT NULL GENERATED ALWAYS AS (entry::jsonb ->> 'kind') STORED,
    programme text GENERATED ALWAYS AS (entry::jsonb ->> 'programme') STORED,
    period date GENERATED ALWAYS AS (make_date(
        split_part(entry::jsonb ->> 'period', '-', 1)::int,
        split_part(entry::jsonb ->> 'period', '-', 2)::int, 1)) STORED,
    PRIMARY KEY (state, position),
    CHECK (programme IS NULL OR programme LIKE state || '-%')
);

CREATE INDEX log_entry_of_month ON log_entry (programme, period, kind);

ALTER TABLE revision ADD COLUMN findings jsonb NOT NULL DEFAULT '[]';

CREATE TABLE month (
    programme text NOT NULL REFERENCES programme,
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    state text NOT NULL CHECK (programme LIKE state || '-%'),
    revision integer,
    first_received_at timestamptz,
    needs_correction boolean NOT NULL DEFAULT false,
    returned boolean NOT NULL DEFAULT false,
    explanation_due boolean NOT NULL DEFAULT false,
    waived boolean NOT NULL DEFAULT false,
    due date,
    open_until date,
    PRIMARY KEY (programme, period),
    FOREIGN KEY (programme, period, revision) REFERENCES revision,
    CHECK ((revision IS NULL) = (first_received_at IS NULL))
);

CREATE TABLE calendar_month (
    period date PRIMARY KEY CHECK (extract(day FROM period) = 1),
    opens date NOT NULL CHECK (opens > period),
    due date NOT NULL CHECK (due >= opens),
    closes date NOT NULL CHECK (closes >= due)
);

CREATE TABLE checkpoint (
    number bigint PRIMARY KEY CHECK (number > 0),
    made_at timestamptz NOT NULL,
    heads jsonb NOT NULL,
    statement text NOT NULL
);
"""

FUNCTIONS = """
CREATE FUNCTION in_commit_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7206514331);
    NEW.sequence := nextval('log_sequence');
    RETURN NEW;
END $$;

CREATE TRIGGER in_commit_order BEFORE INSERT ON log_entry
    FOR EACH ROW EXECUTE FUNCTION in_commit_order();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_VIEW = "DROP VIEW revision_in_force"
# Made anew, with the column that is new. It asks revisions themselves, not `month`: PostgreSQL
# takes row security to leave few rows of either, and joins the two in the slowest way there is.
VIEW = """
CREATE VIEW revision_in_force WITH (security_invoker = true) AS
    SELECT r.* FROM revision r
    WHERE NOT EXISTS (
        SELECT FROM revision later
        WHERE later.programme = r.programme AND later.period = r.period
          AND later.revision > r.revision
    )
"""

REACH = "current_setting('cauce.reach', true)"
OWN = f"({REACH} = 'state' AND state = current_setting('cauce.state', true))"
COORDINATES = f"{REACH} = 'coordination'"
READS_ALL = f"{REACH} IN ('nation', 'coordination')"

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "log_entry": (f"{OWN} OR {READS_ALL}", f"{OWN} OR {COORDINATES}", None, None),
    "month": (
        f"{OWN} OR {READS_ALL}",
        f"{OWN} OR {COORDINATES}",
        f"{OWN} OR {COORDINATES}",
        None,
    ),
    "calendar_month": ("true", COORDINATES, COORDINATES, COORDINATES),
    "checkpoint": (f"{REACH} = 'log'", f"{REACH} = 'log'", None, None),
}
# More that tables from before allow: (table, command, condition).
WIDER = (
    ("revision", "SELECT", COORDINATES),
    ("state_log", "SELECT", f"{REACH} IN ('coordination', 'nation', 'log')"),
    ("state_log", "INSERT", COORDINATES),
    ("state_log", "UPDATE", COORDINATES),
    ("programme", "INSERT", COORDINATES),
    ("programme", "UPDATE", COORDINATES),
    ("roster_interval", "INSERT", COORDINATES),
    ("roster_interval", "UPDATE", COORDINATES),
    ("roster_interval", "DELETE", COORDINATES),
)
GRANTS = (
    "UPDATE (name, kind, replaces, backfill_until) ON programme",
    "UPDATE (until) ON roster_interval",
    "DELETE ON roster_interval",
)
COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    _each(TABLES, ";\n")
    _chain_what_is_there()
    _each(FUNCTIONS, "\n\n")
    op.execute(
        "INSERT INTO month (programme, period, state, revision, first_received_at)"
        " SELECT programme, period, state, max(revision), min(received_at) FROM revision"
        " GROUP BY programme, period, state"
    )
    op.execute(DROP_VIEW)
    op.execute(VIEW)
    op.execute("GRANT SELECT ON revision_in_force TO cauce_app")
    op.execute("GRANT USAGE ON SEQUENCE log_sequence TO cauce_app")
    for table, conditions in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, condition in zip(COMMANDS, conditions, strict=True):
            _allow(table, command, condition)
    for table, command, condition in WIDER:
        _policy(f"coordination_{command.lower()}", table, command, condition)
    for grant in GRANTS:
        op.execute(f"GRANT {grant} TO cauce_app")


def downgrade() -> None:
    op.execute(DROP_VIEW)
    for table, command, _ in WIDER:
        op.execute(f"DROP POLICY coordination_{command.lower()} ON {table}")
    for grant in GRANTS:
        op.execute(f"REVOKE {grant} FROM cauce_app")
    for table in reversed(POLICIES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION in_commit_order()")
    op.execute("DROP SEQUENCE log_sequence")
    op.execute("ALTER TABLE revision DROP COLUMN findings")
    op.execute("ALTER TABLE state_log DROP COLUMN head")
    op.execute("ALTER TABLE programme DROP COLUMN backfill_until")
    op.execute(VIEW)
    op.execute("GRANT SELECT ON revision_in_force TO cauce_app")


def _chain_what_is_there() -> None:
    """An entry for each revision there is, in the order of its state's log."""
    connection = op.get_bind()
    _walls(("revision", "state_log"), "NO FORCE")  # else the owner would see no rows
    rows = connection.exec_driver_sql(
        "SELECT *, to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        " AS received FROM revision ORDER BY received_at, state, log_position"
    )
    heads: dict[str, bytes] = {}
    ends: dict[str, int] = {}
    for row in rows.mappings().all():
        state, salt = row["state"], os.urandom(16)
        reason = {"code": row["reason_code"], "text": row["reason_text"]}
        annex = _canonical(
            {
                "acknowledgements": row["acknowledgements"],
                "findings": [],
                "reason": reason if row["reason_code"] else None,
            }
        )
        entry = _canonical(
            {
                "kind": "revision",
                "programme": row["programme"],
                "period": f"{row['period']:%Y-%m}",
                "revision": row["revision"],
                "contract": row["contract"],
                "core_digest": row["core_digest"],
                "content_digest": row["content_digest"],
                "annex_digest": f"sha-256:{hashlib.sha256(annex.encode()).hexdigest()}",
                "client": row["client"],
                "received_at": row["received"],
            }
        )
        position = ends.get(state, 0) + 1
        leaf = hashlib.sha256(b"\x00" + salt + entry.encode()).digest()
        linked = heads.get(state, bytes(32)) + position.to_bytes(8) + leaf
        head = hashlib.sha256(b"\x01" + linked).digest()
        heads[state], ends[state] = head, position
        connection.execute(
            text(
                "INSERT INTO log_entry (state, position, sequence, entry, salt, head)"
                " VALUES (:state, :position, nextval('log_sequence'), :entry, :salt, :head)"
            ),
            {"state": state, "position": position, "entry": entry, "salt": salt, "head": head},
        )
    for state, head in heads.items():
        connection.execute(
            text("UPDATE state_log SET head = :head WHERE state = :state"),
            {"state": state, "head": head},
        )
    _walls(("revision", "state_log"), "FORCE")


def _walls(tables: tuple[str, ...], how: str) -> None:
    for table in tables:
        op.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _each(script: str, between: str) -> None:
    """asyncpg takes one statement at a time."""
    for statement in script.split(between):
        if statement.strip():
            op.execute(statement)


def _allow(table: str, command: str, condition: str | None) -> None:
    """Grant a command on the rows that meet a condition; without one it is not granted."""
    if condition is None:
        return
    _policy(f"{command.lower()}_{table}", table, command, condition)
    op.execute(f"GRANT {command} ON {table} TO cauce_app")


def _policy(name: str, table: str, command: str, condition: str) -> None:
    clauses = {
        "INSERT": f"WITH CHECK ({condition})",
        "UPDATE": f"USING ({condition}) WITH CHECK ({condition})",
    }
    how = clauses.get(command, f"USING ({condition})")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} {how}")
