"""Give people accounts of their own: a role, a password, a second factor, an invitation.

What proves who somebody is stands in `credential` and `recovery_code`, apart from `person`:
administration sees who there is, and no password. A session has a stage, so that one that
awaits a code, or a second factor to be set up, is not signed in. A person who is disabled stays
so; the same address can be that of another one later.

That a person was entered, invited and disabled is told by the nation's log, and only
administration adds such entries. A coordinator with a state becomes state staff: it saw no
figure of the nation before either.

The way back is closed once the log has such entries: the version before knows no roles, and a
disabled person's link would sign in again. Sessions that are not signed in end with it.
"""

from alembic import op

revision = "20261128"
down_revision = "20261127"

TABLES = """
ALTER TABLE person DROP CONSTRAINT person_role_check;

UPDATE person SET role = 'state_staff' WHERE state IS NOT NULL;

ALTER TABLE person DROP CONSTRAINT person_email_key,
    ADD COLUMN disabled_at timestamptz,
    ADD CONSTRAINT person_role_check CHECK (role IN
        ('coordinator', 'publisher', 'state_staff', 'partner', 'auditor', 'admin')),
    ADD CONSTRAINT person_state_check CHECK ((role = 'state_staff') = (state IS NOT NULL));

CREATE UNIQUE INDEX person_email ON person (email) WHERE disabled_at IS NULL;

ALTER TABLE session
    ADD COLUMN stage text NOT NULL DEFAULT 'signed_in'
        CHECK (stage IN ('code', 'set_up', 'signed_in')),
    ADD COLUMN offered_secret bytea;

CREATE TABLE credential (
    person text PRIMARY KEY REFERENCES person,
    password text NOT NULL,
    secret bytea,
    last_step bigint
);

CREATE TABLE recovery_code (
    person text NOT NULL REFERENCES person,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (person, digest)
);

CREATE TABLE invitation (
    token_digest bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
    person text NOT NULL UNIQUE REFERENCES person,
    expires_at timestamptz NOT NULL
);
"""

BACK = """
DELETE FROM session WHERE stage <> 'signed_in';

DROP TABLE invitation, recovery_code, credential;

ALTER TABLE session DROP COLUMN offered_secret, DROP COLUMN stage;

DROP INDEX person_email;

ALTER TABLE person DROP CONSTRAINT person_state_check, DROP CONSTRAINT person_role_check;

UPDATE person SET role = 'coordinator' WHERE role = 'state_staff';

ALTER TABLE person DROP COLUMN disabled_at,
    ADD CONSTRAINT person_role_check CHECK (role IN ('coordinator')),
    ADD CONSTRAINT person_email_key UNIQUE (email);
"""

REACH = "current_setting('cauce.reach', true)"
WHO = "current_setting('cauce.state', true)"
ACCESS, ADMIN = f"{REACH} = 'access'", f"{REACH} = 'admin'"

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "credential": (ACCESS, ACCESS, ACCESS, ACCESS),
    "recovery_code": (ACCESS, ACCESS, None, ACCESS),
    "invitation": (f"{ACCESS} OR {ADMIN}", ADMIN, None, f"{ACCESS} OR {ADMIN}"),
}
COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# Rows of all people are changed here, which row-level security hides from their owner, too.
HIDDEN = ("person", "session")

SAID_BY_STATES = "kind IN ('revision', 'explanation', 'extension_request')"
OF_CLIENTS = "kind IN ('client', 'client_revocation', 'client_key', 'client_key_revocation')"
OF_PEOPLE = "kind IN ('person', 'person_invitation', 'person_disablement')"
BY_STATES = f"({REACH} = 'state' AND state = {WHO}) AND {SAID_BY_STATES}"
BY_COORDINATION = f"{REACH} = 'coordination' AND NOT {SAID_BY_STATES} AND NOT {OF_CLIENTS}"
TELLS_OF_CLIENTS = f"{REACH} IN ('admin', 'client', 'enrolment') AND {OF_CLIENTS}"
ADDS_BEFORE = f"{BY_STATES} OR {BY_COORDINATION} OR {TELLS_OF_CLIENTS}"
ADDS = (
    f"{BY_STATES} OR {BY_COORDINATION} AND NOT {OF_PEOPLE} OR {TELLS_OF_CLIENTS}"
    f" OR {ADMIN} AND state = 'MX' AND {OF_PEOPLE}"
)


def upgrade() -> None:
    _each(TABLES)
    for table, conditions in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for command, condition in zip(COMMANDS, conditions, strict=True):
            _allow(table, command, condition)
    # The column that can be changed at all says nothing of whose row it is.
    disabling = f"USING ({ADMIN} AND disabled_at IS NULL) WITH CHECK (true)"
    op.execute(f"CREATE POLICY disable_person ON person FOR UPDATE {disabling}")
    op.execute("GRANT UPDATE (disabled_at) ON person TO cauce_app")
    op.execute(f"ALTER POLICY insert_log_entry ON log_entry WITH CHECK ({ADDS})")


class PeopleWouldBeLost(Exception):
    """The log says who may sign in as what, which the version before has no place for."""


def downgrade() -> None:
    _refuse_to_lose_acts()
    op.execute(f"ALTER POLICY insert_log_entry ON log_entry WITH CHECK ({ADDS_BEFORE})")
    op.execute("REVOKE UPDATE (disabled_at) ON person FROM cauce_app")
    op.execute("DROP POLICY disable_person ON person")
    _each(BACK)


def _refuse_to_lose_acts() -> None:
    op.execute("ALTER TABLE log_entry NO FORCE ROW LEVEL SECURITY")
    count = f"SELECT count(*) FROM log_entry WHERE {OF_PEOPLE}"  # noqa: S608  names of ours
    acts = op.get_bind().exec_driver_sql(count).scalar_one()
    op.execute("ALTER TABLE log_entry FORCE ROW LEVEL SECURITY")
    if acts:
        raise PeopleWouldBeLost(
            f"There are {acts} entries about people in the log, which the version before cannot"
            " hold. Restore a backup from before instead."
        )


def _each(script: str) -> None:
    for table in HIDDEN:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in script.strip().split("\n\n"):
        op.execute(statement)
    for table in HIDDEN:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


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
