"""Take in the first month: roster, clients, people, and the revisions of reports.

The two roles stand here already, because row-level security is only worth something where the
service does not own the tables: cauce_owner owns them, cauce_app works on them. Both may exist
before (the embedded database makes them; an operator without CREATEROLE asks for them).
A transaction says whose rows it is about with the settings cauce.reach and cauce.state; without
them it sees the roster and nothing else. Revisions can be added and never changed, which both
the privileges and a trigger hold to.
"""

from alembic import op

revision = "20261123"
down_revision = None

ROLES = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cauce_owner') THEN
        CREATE ROLE cauce_owner;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cauce_app') THEN
        CREATE ROLE cauce_app;
    END IF;
    IF current_user <> 'cauce_owner' THEN
        IF NOT pg_has_role(current_user, 'cauce_owner', 'MEMBER') THEN
            EXECUTE format('GRANT cauce_owner TO %I', current_user);
        END IF;
        IF NOT pg_has_role(current_user, 'cauce_app', 'MEMBER') THEN
            EXECUTE format('GRANT cauce_app TO %I', current_user);
        END IF;
        GRANT USAGE, CREATE ON SCHEMA public TO cauce_owner;
        GRANT SELECT, INSERT, UPDATE, DELETE ON alembic_version TO cauce_owner;
    END IF;
    GRANT SELECT ON alembic_version TO cauce_app;
    SET ROLE cauce_owner;
END $$;
"""

TABLES = """
CREATE TABLE installation (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    kind text NOT NULL CHECK (kind IN ('national', 'demo'))
);

CREATE TABLE contract_layout (
    version text PRIMARY KEY,
    layout_digest text NOT NULL
);

CREATE TABLE programme (
    id text PRIMARY KEY CHECK (id ~ '^MX-[A-Z]{3}-[0-9]{2}$'),
    state text NOT NULL CHECK (id LIKE state || '-%'),
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('court', 'consolidated')),
    replaces text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE roster_interval (
    programme text NOT NULL REFERENCES programme,
    since date NOT NULL CHECK (extract(day FROM since) = 1),
    until date CHECK (extract(day FROM until) = 1 AND until >= since),
    kind text NOT NULL CHECK (kind IN ('active', 'follow_up')),
    PRIMARY KEY (programme, since)
);

CREATE TABLE state_log (
    state text PRIMARY KEY,
    position bigint NOT NULL CHECK (position > 0)
);

CREATE TABLE revision (
    programme text NOT NULL REFERENCES programme,
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    revision integer NOT NULL CHECK (revision > 0),
    state text NOT NULL CHECK (programme LIKE state || '-%'),
    contract text NOT NULL,
    core_digest text NOT NULL,
    content_digest text NOT NULL,
    document text NOT NULL,
    numbers integer[] NOT NULL,
    statuses smallint[] NOT NULL CHECK (cardinality(statuses) = cardinality(numbers)),
    acknowledgements jsonb NOT NULL,
    reason_code text,
    reason_text text,
    client text NOT NULL,
    received_at timestamptz NOT NULL,
    log_position bigint NOT NULL,
    receipt text NOT NULL,
    PRIMARY KEY (programme, period, revision),
    UNIQUE (state, log_position),
    CHECK ((revision = 1) = (reason_code IS NULL))
);

CREATE VIEW revision_in_force WITH (security_invoker = true) AS
    SELECT r.* FROM revision r
    WHERE NOT EXISTS (
        SELECT FROM revision later
        WHERE later.programme = r.programme AND later.period = r.period
          AND later.revision > r.revision
    );

CREATE TABLE client (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    state text,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL
);

CREATE TABLE client_key (
    client text NOT NULL REFERENCES client,
    kid text NOT NULL UNIQUE,
    jwk jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (client, kid)
);

CREATE TABLE used_assertion (
    client text NOT NULL REFERENCES client,
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client, jti)
);

CREATE TABLE person (
    id text PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email <> ''),
    role text NOT NULL CHECK (role IN ('coordinator')),
    state text
);

CREATE TABLE sign_in_link (
    token_digest bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
    person text NOT NULL REFERENCES person,
    expires_at timestamptz NOT NULL
);

CREATE TABLE session (
    token_digest bytea PRIMARY KEY CHECK (octet_length(token_digest) = 32),
    person text NOT NULL REFERENCES person,
    expires_at timestamptz NOT NULL,
    idle_expires_at timestamptz NOT NULL
);
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON revision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# table: (who reads, who adds, who changes, who removes), each a condition on the row or None
SEES_STATE = (
    "(current_setting('cauce.reach', true) = 'state'"
    " AND state = current_setting('cauce.state', true))"
)
REACH = "current_setting('cauce.reach', true)"
POLICIES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "installation": ("true", f"{REACH} = 'admin'", None, None),
    "contract_layout": ("true", f"{REACH} = 'admin'", None, None),
    "programme": ("true", f"{REACH} = 'admin'", None, None),
    "roster_interval": ("true", f"{REACH} = 'admin'", None, None),
    "state_log": (SEES_STATE, SEES_STATE, SEES_STATE, None),
    "revision": (f"{SEES_STATE} OR {REACH} = 'nation'", SEES_STATE, None, None),
    "client": (f"{REACH} IN ('access', 'admin')", f"{REACH} = 'admin'", None, None),
    "client_key": (f"{REACH} IN ('access', 'admin')", f"{REACH} = 'admin'", None, None),
    "used_assertion": (
        f"{REACH} = 'access'",
        f"{REACH} = 'access'",
        None,
        f"{REACH} = 'access'",
    ),
    "person": (f"{REACH} IN ('access', 'admin')", f"{REACH} = 'admin'", None, None),
    "sign_in_link": (
        f"{REACH} IN ('access', 'admin')",
        f"{REACH} = 'admin'",
        None,
        f"{REACH} = 'access'",
    ),
    "session": (f"{REACH} = 'access'",) * 4,
}


def upgrade() -> None:
    op.execute(ROLES)
    _each(TABLES)
    for statement in APPEND_ONLY.strip().split("\n\n"):
        op.execute(statement)
    for table, (reads, adds, changes, removes) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        _allow(table, "SELECT", f"USING ({reads})" if reads else None)
        _allow(table, "INSERT", f"WITH CHECK ({adds})" if adds else None)
        both = f"USING ({changes}) WITH CHECK ({changes})"
        _allow(table, "UPDATE", both if changes else None)
        _allow(table, "DELETE", f"USING ({removes})" if removes else None)
    op.execute("GRANT USAGE ON SCHEMA public TO cauce_app")
    op.execute("GRANT SELECT ON revision_in_force TO cauce_app")


def downgrade() -> None:
    op.execute("DROP VIEW revision_in_force")
    for table in reversed(POLICIES):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION refuse_change()")


def _each(script: str) -> None:
    """asyncpg takes one statement at a time."""
    for statement in script.split(";\n"):
        if statement.strip():
            op.execute(statement)


def _allow(table: str, command: str, condition: str | None) -> None:
    """Grant a command on the rows that meet a condition; without one it is not granted."""
    if condition is None:
        return
    op.execute(f"CREATE POLICY {command.lower()}_{table} ON {table} FOR {command} {condition}")
    op.execute(f"GRANT {command} ON {table} TO cauce_app")
