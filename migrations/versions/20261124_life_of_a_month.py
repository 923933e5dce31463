"""Let a month live: where it stands, the acts on it, and a log that proves both.

`month` says where each programme's month stands: the revision in force, when its first one
came, and what is left to do. It is a pointer and can be made again from revisions and entries.

`log_entry` holds, by state, everything that was accepted or decided, each entry chained to the
one before by its hash. `state_log` keeps the end of each log. An entry's kind, programme and
period are taken from its text by the database itself, so that they cannot say anything else.
`sequence` grows in commit order over all states: whoever adds an entry holds a lock from then
until it is committed, so that a reader who has seen a number will never meet a smaller new one.

What a state says and what coordination decides are kept apart here too: neither can add the
other's entries, and waivers and extensions of a month change by coordination alone.

Revisions from before get entries at the positions that their receipts name.

The way back drops the logs, unless there are acts in them: the version before has no place for
those, and what comes after them would prove nothing. What receipts cover of a revision stays,
so that the same chain can be made again; which months need correction is found anew when a
month before them changes.
"""

import base64
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

ALTER TABLE revision ADD COLUMN IF NOT EXISTS findings jsonb NOT NULL DEFAULT '[]';

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

CREATE FUNCTION refuse_all_but_coordination() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('cauce.reach', true) IS DISTINCT FROM 'coordination' THEN
        RAISE insufficient_privilege USING MESSAGE = 'only coordination decides on months';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER decided_by_coordination BEFORE INSERT ON month FOR EACH ROW
    WHEN (NEW.waived OR NEW.due IS NOT NULL OR NEW.open_until IS NOT NULL)
    EXECUTE FUNCTION refuse_all_but_coordination();

CREATE TRIGGER decided_by_coordination_later BEFORE UPDATE ON month FOR EACH ROW
    WHEN ((NEW.waived, NEW.due, NEW.open_until)
        IS DISTINCT FROM (OLD.waived, OLD.due, OLD.open_until))
    EXECUTE FUNCTION refuse_all_but_coordination();
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

# A warning that its document does not acknowledge is still to be explained.
MONTHS = """
INSERT INTO month (programme, period, state, revision, first_received_at, explanation_due)
    SELECT DISTINCT ON (programme, period) programme, period, state, revision,
        min(received_at) OVER (PARTITION BY programme, period),
        EXISTS (
            SELECT FROM jsonb_array_elements(findings) warning
            WHERE warning ->> 'severity' = 'warning' AND NOT acknowledgements @>
                jsonb_build_array(jsonb_build_object(
                    'rule', warning -> 'rule', 'pointer', warning -> 'pointer'))
        )
    FROM revision ORDER BY programme, period, revision DESC
"""

REACH = "current_setting('cauce.reach', true)"
OWN = f"({REACH} = 'state' AND state = current_setting('cauce.state', true))"
COORDINATES = f"{REACH} = 'coordination'"
READS_ALL = f"{REACH} IN ('nation', 'coordination')"
SAID_BY_STATES = "kind IN ('revision', 'explanation', 'extension_request')"

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "log_entry": (
        f"{OWN} OR {READS_ALL}",
        f"{OWN} AND {SAID_BY_STATES} OR {COORDINATES} AND NOT {SAID_BY_STATES}",
        None,
        None,
    ),
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
    _walls(("revision", "state_log"), "NO FORCE")  # else the owner would see no rows
    _chain_what_is_there()
    op.execute(MONTHS)
    _walls(("revision", "state_log"), "FORCE")
    _each(FUNCTIONS, "\n\n")
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


class ActsWouldBeLost(Exception):
    """The logs have acts, which the version before has no place for."""


def downgrade() -> None:
    _refuse_to_lose_acts()
    op.execute(DROP_VIEW)
    for table, command, _ in WIDER:
        op.execute(f"DROP POLICY coordination_{command.lower()} ON {table}")
    for grant in GRANTS:
        op.execute(f"REVOKE {grant} FROM cauce_app")
    for table in reversed(POLICIES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION in_commit_order()")
    op.execute("DROP FUNCTION refuse_all_but_coordination()")
    op.execute("DROP SEQUENCE log_sequence")
    op.execute("ALTER TABLE state_log DROP COLUMN head")
    op.execute("ALTER TABLE programme DROP COLUMN backfill_until")
    op.execute(VIEW)
    op.execute("GRANT SELECT ON revision_in_force TO cauce_app")


def _refuse_to_lose_acts() -> None:
    _walls(("log_entry",), "NO FORCE")
    count = "SELECT count(*) FROM log_entry WHERE kind <> 'revision'"
    acts = op.get_bind().exec_driver_sql(count).scalar_one()
    if acts:
        raise ActsWouldBeLost(
            f"There are {acts} acts in the logs (returns, explanations, waivers, …), which the"
            " version before cannot hold. Restore a backup from before instead."
        )


# Each state's in the order of its log, and over all states as they came: an instant can be
# earlier than that of the entry before, since the clock was read before the log was taken.
PAST = """
SELECT state, log_position, programme, to_char(period, 'YYYY-MM') AS period, revision, contract,
    core_digest, content_digest, acknowledgements::text, findings::text, reason_code,
    reason_text, client, receipt,
    to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS received_at
FROM revision
ORDER BY max(received_at) OVER (PARTITION BY state ORDER BY log_position), state, log_position
"""
MEMBERS = (
    "programme",
    "period",
    "revision",
    "contract",
    "core_digest",
    "content_digest",
    "client",
    "received_at",
)


def _chain_what_is_there() -> None:
    """An entry for each revision there is, where its receipt says that it stands."""
    connection = op.get_bind()
    heads: dict[str, bytes] = {}
    for row in connection.exec_driver_sql(PAST).mappings().all():
        state, position, salt = row["state"], row["log_position"], _salt(row["receipt"])
        reason = {"code": row["reason_code"], "text": row["reason_text"]}
        annex = _canonical(
            {
                "acknowledgements": json.loads(row["acknowledgements"]),
                "findings": json.loads(row["findings"]),
                "reason": reason if row["reason_code"] else None,
            }
        )
        annex_digest = f"sha-256:{hashlib.sha256(annex.encode()).hexdigest()}"
        said = {member: row[member] for member in MEMBERS}
        entry = _canonical({"kind": "revision", "annex_digest": annex_digest, **said})
        leaf = hashlib.sha256(b"\x00" + salt + entry.encode()).digest()
        linked = heads.get(state, bytes(32)) + position.to_bytes(8) + leaf
        heads[state] = hashlib.sha256(b"\x01" + linked).digest()
        connection.execute(
            text(
                "INSERT INTO log_entry (state, position, sequence, entry, salt, head)"
                " VALUES (:state, :position, nextval('log_sequence'), :entry, :salt, :head)"
            ),
            {
                "state": state,
                "position": position,
                "entry": entry,
                "salt": salt,
                "head": heads[state],
            },
        )
    for state, head in heads.items():
        connection.execute(
            text("UPDATE state_log SET head = :head WHERE state = :state"),
            {"state": state, "head": head},
        )


def _salt(receipt: str) -> bytes:
    """The salt that a receipt names, from before a way back; a new one where it has none."""
    claims = receipt.split(".")[1]
    log = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["log"]
    return bytes.fromhex(log["salt"]) if "salt" in log else os.urandom(16)


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
