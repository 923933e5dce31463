"""Count what is limited where all processes see it, and keep who read or wrote what.

`throttle` counts by bucket, whose name is kept as its hash: no address and no account is in it.

`audit_entry` has a row for every call of somebody who said who they are. The rows come in
batches, each with a digest over its entries and the digest before it: what is changed or taken
out later no longer fits. The columns that are searched are taken from the text that is hashed,
by the database itself, so that they cannot say anything else.

The way back drops both. The audit is evidence: take a backup before you go back.
"""

from alembic import op

revision = "20261127"
down_revision = "20261125"

TABLES = """
CREATE TABLE throttle (
    bucket bytea PRIMARY KEY CHECK (octet_length(bucket) = 32),
    taken bigint NOT NULL CHECK (taken > 0),
    ends timestamptz NOT NULL
);

CREATE INDEX throttle_by_end ON throttle (ends);

CREATE TABLE audit_batch (
    number bigint PRIMARY KEY CHECK (number > 0),
    size integer NOT NULL CHECK (size > 0),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32)
);

CREATE TABLE audit_entry (
    batch bigint NOT NULL REFERENCES audit_batch,
    place integer NOT NULL CHECK (place > 0),
    entry text NOT NULL,
    at text COLLATE "C" NOT NULL GENERATED ALWAYS AS (entry::jsonb ->> 'at') STORED,
    client text GENERATED ALWAYS AS (entry::jsonb ->> 'client') STORED,
    person text GENERATED ALWAYS AS (entry::jsonb ->> 'person') STORED,
    operation text NOT NULL GENERATED ALWAYS AS (entry::jsonb ->> 'operation') STORED,
    PRIMARY KEY (batch, place),
    CHECK ((client IS NULL) <> (person IS NULL))
);

CREATE INDEX audit_entry_by_client ON audit_entry (client, batch, place);

CREATE INDEX audit_entry_by_person ON audit_entry (person, batch, place);

CREATE INDEX audit_entry_by_time ON audit_entry (at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

REACH = "current_setting('cauce.reach', true)"
ACCESS, AUDIT = f"{REACH} = 'access'", f"{REACH} = 'audit'"

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "throttle": (ACCESS, ACCESS, ACCESS, ACCESS),
    "audit_batch": (AUDIT, AUDIT, None, None),
    "audit_entry": (AUDIT, AUDIT, None, None),
}
COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        op.execute(statement)
    for table, conditions in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, condition in zip(COMMANDS, conditions, strict=True):
            _allow(table, command, condition)


def downgrade() -> None:
    for table in reversed(POLICIES):
        op.execute(f"DROP TABLE {table}")


def _allow(table: str, command: str, condition: str | None) -> None:
    """Grant a command on the rows that meet a condition; without one it is not granted."""
    if condition is None:
        return
    clauses = {
        "INSERT": f"WITH CHECK ({condition})",
        "UPDATE": f"USING ({condition}) WITH CHECK ({condition})",
    }
    how = clauses.get(command, f"USING ({condition})")
    op.execute(f"CREATE POLICY {command.lower()}_{table} ON {table} FOR {command} {how}")
    op.execute(f"GRANT {command} ON {table} TO cauce_app")
