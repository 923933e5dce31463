"""Databases that a test is done with, emptied for the next: a new one takes longer to make."""

from __future__ import annotations

import asyncio

import asyncpg

_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
  AND pid <> pg_backend_pid()
"""
_SCHEMA = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT format('%s %s %s %s %s', c.relname, c.relkind, c.relacl, c.relrowsecurity,
                  c.relforcerowsecurity) AS line
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s %s %s', a.attrelid::regclass, a.attname, a.atttypid,
                            a.attnotnull, a.attgenerated)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger
    WHERE NOT tgisinternal
    UNION ALL SELECT format('%s %s %s %s', tablename, policyname, qual, with_check)
    FROM pg_policies
    UNION ALL SELECT format('%s %s', proname, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT kept::text FROM installation kept
    UNION ALL SELECT kept::text FROM contract_layout kept
    UNION ALL SELECT kept::text FROM alembic_version kept
) lines
"""

_EMPTY = """
DO $$
DECLARE found record; gone bigint; in_all bigint := 0;
BEGIN
    SET LOCAL session_replication_role = replica;  -- past the triggers that keep what is there
    FOR found IN SELECT tablename FROM pg_tables
                 WHERE schemaname = 'public' AND tablename NOT IN
                 ('alembic_version', 'installation', 'contract_layout')  -- see _SCHEMA
    LOOP
        EXECUTE format('DELETE FROM %I', found.tablename);
        GET DIAGNOSTICS gone = ROW_COUNT;
        in_all := in_all + gone;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public';
    IF in_all > 5000 THEN  -- what is left of them would slow down whoever comes next
        RAISE EXCEPTION 'too many rows';
    END IF;
END $$
"""


async def schema(connection: asyncpg.Connection) -> str:
    """A digest of tables, columns, constraints, triggers, policies, functions, kept rows."""
    return str(await connection.fetchval(_SCHEMA))


async def emptied(connection: asyncpg.Connection, expected: str) -> bool:
    """Empty the database if its schema is the expected one; False where it is not to be used.

    expected  what `schema` said of the one that all are copies of
    """
    try:
        await connection.execute("SET lock_timeout = '1s'")
        if await schema(connection) != expected or await _is_somebody_else_there(connection):
            return False
        await connection.execute(_EMPTY)
    except asyncpg.PostgresError:
        return False
    return True


async def _is_somebody_else_there(connection: asyncpg.Connection) -> bool:
    """Whether a connection was left open, which the next test would meet.

    PostgreSQL needs a moment to notice that one was closed.
    """
    for _ in range(20):
        if not await connection.fetchval(_OTHERS):
            return False
        await asyncio.sleep(0.05)
    return True
