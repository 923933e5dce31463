"""Let machine clients have several keys, change them themselves, and lose them at once.

A key holds from `not_before` until `not_after` and until it is revoked; a client until it is
revoked; a token that was revoked is remembered until it would have ended. `enrolment` keeps of
a one-time link the hash of its token alone, and what the client is to be that it makes.

Two reaches come with it: `client` is one client, which sees and changes its own keys, and
`enrolment` one link, which makes the client that it was made for and its first key. Who has a
key is told by the log of the client's state, and by the nation's for national ones; entries of
those kinds are added by administration and by these two, and no more by coordination.

The way back is closed once the logs have such entries: the version before would not know that
a key was revoked, and would take it again.
"""

from alembic import op

revision = "20261125"
down_revision = "20261124"

TABLES = """
ALTER TABLE client ADD COLUMN revoked_at timestamptz;

ALTER TABLE client_key
    ADD COLUMN added_by text,
    ADD COLUMN not_before timestamptz,
    ADD COLUMN not_after timestamptz CHECK (not_after > not_before),
    ADD COLUMN revoked_at timestamptz;

CREATE TABLE enrolment (
    token_digest bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
    name text NOT NULL CHECK (name <> ''),
    state text,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    expires_at timestamptz NOT NULL,
    client text UNIQUE REFERENCES client DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE revoked_token (
    jti text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX client_revoked ON client (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE INDEX client_key_revoked ON client_key (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE INDEX revoked_token_by_end ON revoked_token (expires_at);
"""

REACH = "current_setting('cauce.reach', true)"
WHO = "current_setting('cauce.state', true)"
ACCESS, ADMIN = f"{REACH} = 'access'", f"{REACH} = 'admin'"
OWN_LINK = f"({REACH} = 'enrolment' AND encode(token_digest, 'hex') = {WHO})"
OF_LINK = f"({REACH} = 'enrolment' AND client IN (SELECT e.client FROM enrolment e))"  # noqa: S608  names of ours
OWN_KEY = f"({REACH} = 'client' AND client = {WHO})"
MADE_AS_SAID = """EXISTS (
    SELECT FROM enrolment e WHERE e.client = client.id AND e.name = client.name
        AND e.state IS NOT DISTINCT FROM client.state AND e.scopes = client.scopes
)"""
AS_THE_LINK_SAYS = f"{REACH} = 'enrolment' AND {MADE_AS_SAID}"

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "enrolment": (
        f"{ADMIN} OR {OWN_LINK}",
        ADMIN,
        f"{OWN_LINK} AND client IS NULL",
        f"{ADMIN} AND client IS NULL",
    ),
    "revoked_token": (ACCESS, ACCESS, None, ACCESS),
}
# More that tables from before allow: (table, command, condition). What is revoked stays so.
WIDER = (
    ("client", "SELECT", f"{REACH} = 'client' AND id = {WHO}"),
    ("client", "INSERT", AS_THE_LINK_SAYS),
    ("client", "UPDATE", f"{ADMIN} AND revoked_at IS NULL"),
    ("client_key", "SELECT", f"{OWN_KEY} OR {OF_LINK}"),
    ("client_key", "INSERT", f"{OWN_KEY} OR {OF_LINK}"),
    ("client_key", "UPDATE", f"({ADMIN} OR {OWN_KEY}) AND revoked_at IS NULL"),
)
SEES_LINKED = f"{REACH} = 'enrolment' AND id IN (SELECT e.client FROM enrolment e)"  # noqa: S608  ours
GRANTS = ("UPDATE (revoked_at) ON client", "UPDATE (revoked_at) ON client_key")

SAID_BY_STATES = "kind IN ('revision', 'explanation', 'extension_request')"
OF_CLIENTS = "kind IN ('client', 'client_revocation', 'client_key', 'client_key_revocation')"
OWN = f"({REACH} = 'state' AND state = {WHO})"
TELLS_OF_CLIENTS = f"{REACH} IN ('admin', 'client', 'enrolment')"
ADDS_BEFORE = f"{OWN} AND {SAID_BY_STATES} OR {REACH} = 'coordination' AND NOT {SAID_BY_STATES}"
ADDS = (
    f"{OWN} AND {SAID_BY_STATES}"
    f" OR {REACH} = 'coordination' AND NOT {SAID_BY_STATES} AND NOT {OF_CLIENTS}"
    f" OR {TELLS_OF_CLIENTS} AND {OF_CLIENTS}"
)
# The ends of the logs, which who adds an entry moves: policy, who could before, who can now.
ENDS = (
    ("select", "coordination', 'nation', 'log"),
    ("insert", "coordination"),
    ("update", "coordination"),
)
COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    for statement in TABLES.strip().split("\n\n"):
        op.execute(statement)
    for table, conditions in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, condition in zip(COMMANDS, conditions, strict=True):
            if condition is not None:
                _policy(f"{command.lower()}_{table}", table, command, condition)
    op.execute("GRANT SELECT, INSERT, UPDATE (client), DELETE ON enrolment TO cauce_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON revoked_token TO cauce_app")
    for table, command, condition in WIDER:
        _policy(f"keys_{command.lower()}", table, command, condition)
    _policy("linked_select", "client", "SELECT", SEES_LINKED)
    for grant in GRANTS:
        op.execute(f"GRANT {grant} TO cauce_app")
    op.execute(f"ALTER POLICY insert_log_entry ON log_entry WITH CHECK ({ADDS})")
    _let_move_ends(", 'admin', 'client', 'enrolment'")


class RevocationsWouldBeLost(Exception):
    """The logs say who has which key, which the version before has no place for."""


def downgrade() -> None:
    _refuse_to_lose_acts()
    _let_move_ends("")
    op.execute(f"ALTER POLICY insert_log_entry ON log_entry WITH CHECK ({ADDS_BEFORE})")
    for grant in GRANTS:
        op.execute(f"REVOKE {grant} FROM cauce_app")
    op.execute("DROP POLICY linked_select ON client")
    for table, command, _ in WIDER:
        op.execute(f"DROP POLICY keys_{command.lower()} ON {table}")
    for table in reversed(POLICIES):
        op.execute(f"DROP TABLE {table}")
    for column in ("revoked_at", "not_after", "not_before", "added_by"):
        op.execute(f"ALTER TABLE client_key DROP COLUMN {column}")
    op.execute("ALTER TABLE client DROP COLUMN revoked_at")


def _refuse_to_lose_acts() -> None:
    op.execute("ALTER TABLE log_entry NO FORCE ROW LEVEL SECURITY")
    count = f"SELECT count(*) FROM log_entry WHERE {OF_CLIENTS}"  # noqa: S608  names of ours
    acts = op.get_bind().exec_driver_sql(count).scalar_one()
    op.execute("ALTER TABLE log_entry FORCE ROW LEVEL SECURITY")
    if acts:
        raise RevocationsWouldBeLost(
            f"There are {acts} entries about clients and their keys in the logs, which the"
            " version before cannot hold. Restore a backup from before instead."
        )


def _let_move_ends(more: str) -> None:
    for command, before in ENDS:
        condition = f"{REACH} IN ('{before}'{more})"
        how = {"insert": "WITH CHECK ({0})", "update": "USING ({0}) WITH CHECK ({0})"}
        clause = how.get(command, "USING ({0})").format(condition)
        op.execute(f"ALTER POLICY coordination_{command} ON state_log {clause}")


def _policy(name: str, table: str, command: str, condition: str) -> None:
    clauses = {
        "INSERT": f"WITH CHECK ({condition})",
        # The columns that can be changed at all say nothing of whose row it is.
        "UPDATE": f"USING ({condition}) WITH CHECK (true)",
    }
    how = clauses.get(command, f"USING ({condition})")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} {how}")
