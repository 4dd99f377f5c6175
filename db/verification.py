"""Do the ledger's hashes hold, and are the tables what its events make of them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ledger import GENESIS, ChainedEvent
from db.engine import Sessions
from db.ledger import Ledger
from db.ledger_rows import event_of
from db.models import (
    AgentExecution,
    Approval,
    ApprovalDecision,
    Base,
    Checkpoint,
    Delegation,
    Orchestration,
    OrchestrationMetric,
    Pattern,
    SlaViolation,
    TaskOutcome,
    TeamAllocation,
    TeamCapacity,
)
from db.progress import Tell, followed, nobody
from db.projections import Projections
from db.projections.counts import Counted, Counts
from errors import BrokenChainError
from policy.ledger import hash_of

OWNED = (
    Orchestration,
    AgentExecution,
    Approval,
    ApprovalDecision,
    Checkpoint,
    Delegation,
    OrchestrationMetric,
    Pattern,
    SlaViolation,
    TaskOutcome,
    TeamAllocation,
    TeamCapacity,
)
# Columns of these tables that somebody else writes.
FOREIGN = {
    *("created_at", "updated_at", "session_id", "assigned_to", "playbook_version_id"),
    *("template", "active"),
}
# People plan sprints; what is allocated in them is the ledger's, and begins at nothing.
PLANNED = text("""
    INSERT INTO pg_temp.team_capacity (id, organization_id, team_id, sprint_id, sprint_name,
        total_capacity, planned_points, completed_points, start_date, end_date)
    SELECT id, organization_id, team_id, sprint_id, sprint_name,
        total_capacity, planned_points, completed_points, start_date, end_date
    FROM public.team_capacity""")


@dataclass(frozen=True)
class Rebuilt:
    """How many orchestrations' tables were made anew, and in words the first fault of each whose
    events do not hold: its tables stay as they are."""

    made: int
    broken: tuple[str, ...] = ()


async def verify_ledger(sessions: Sessions, tell: Tell = nobody) -> str | None:
    """The first difference in words; None when every hash and every owned column holds."""
    async with sessions() as session:
        # One moment for all of it: runs go on writing meanwhile.
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        heads = await _heads(session)
        for head in followed(heads, "hashes checked", tell):
            broken = await _broken(session, head.id)
            if broken is not None:
                return broken
        return await _different(session, heads, tell)


async def rebuild(
    sessions: Sessions, *, leave_broken: bool = False, tell: Tell = nobody
) -> Rebuilt:
    """Makes the tables of every orchestration anew from its events, each in a transaction of its
    own, and counts last what is counted over many. Where the events of one do not hold nothing is
    made at all, or with `leave_broken` the tables of the others. Repeatable: one that was
    interrupted begins again."""
    sound, broken = await _sound(sessions, tell)
    if broken and not leave_broken:
        return Rebuilt(0, broken)
    for id in followed(sound, "made anew", tell):
        async with sessions.begin() as session:
            await _project(session, id)
    await _count_again(sessions)
    return Rebuilt(len(sound), broken)


async def _sound(sessions: Sessions, tell: Tell) -> tuple[list[UUID], tuple[str, ...]]:
    """The orchestrations whose events hold, and the first fault of each of the others."""
    sound, broken = [], []
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        for head in followed(await _heads(session), "hashes checked", tell):
            fault = await _broken(session, head.id)
            if fault is None:
                chain = await _chain(session, head.id, head.last_hash)
                fault = chain if isinstance(chain, str) else None
            if fault is None:
                sound.append(head.id)
            else:
                broken.append(fault)
    return sound, tuple(broken)


async def _heads(session: AsyncSession) -> Sequence[Row[UUID, UUID, UUID, str]]:
    """Where each orchestration's ledger ends, the oldest first."""
    row = Orchestration
    statement = select(row.id, row.organization_id, row.run_id, row.last_hash)
    return (await session.execute(statement.order_by(row.started_at, row.id))).all()


async def _count_again(sessions: Sessions) -> None:
    """Some at a time: runs that end meanwhile wait for the locks."""
    async with sessions() as session:
        everything = await Counts(session).all()
    parts = [Counted(sprints=frozenset(some)) for some in _hundreds(everything.sprints)]
    parts += [Counted(patterns=frozenset(some)) for some in _hundreds(everything.patterns)]
    for part in parts:
        async with sessions.begin() as session:
            await Counts(session).again(part)


def _hundreds(ids: Iterable[UUID]) -> list[list[UUID]]:
    ordered = sorted(ids)
    return [ordered[place : place + 100] for place in range(0, len(ordered), 100)]


async def _broken(session: AsyncSession, orchestration_id: UUID) -> str | None:
    """A hash that does not fit its content, or a predecessor that is not there."""
    rows = await Ledger(session).rows(orchestration_id)
    hashes = {(row.sequence, row.hash) for row in rows} | {(0, GENESIS)}
    for row in rows:
        where = f"event {row.sequence} ({row.event_type}) of {orchestration_id}, run {row.run_id}"
        try:
            event = event_of(row)
        except ValueError:  # The models', too.
            return f"{where}: its content is not what such an event holds"
        if hash_of(event, row.payload) != row.hash:
            return f"{where}: its content does not have the hash it carries"
        if (row.sequence - 1, row.previous_hash) not in hashes:
            return f"{where}: its predecessor is missing"
    return None


async def _different(
    session: AsyncSession, heads: Sequence[Row[UUID, UUID, UUID, str]], tell: Tell
) -> str | None:
    """Folds all events again into empty copies of the tables, and compares. Temporary tables
    come first on Postgres' search path, so the projections write to them unawares."""
    try:
        for model in OWNED:
            name = model.__tablename__
            await session.execute(
                text(f"CREATE TEMP TABLE {name} (LIKE public.{name} INCLUDING ALL) ON COMMIT DROP")
            )
        await session.execute(PLANNED)
        # Statements prepared before would go on writing to the real tables.
        await session.execute(text("DISCARD PLANS"))
        for head in followed(heads, "folded", tell):
            chain = await _chain(session, head.id, head.last_hash)
            if isinstance(chain, str):
                return chain
            await Projections(session, head.organization_id, head.id).begin(head.run_id, chain)
        counts = Counts(session)
        await counts.count(await counts.all())
        for model in OWNED:
            difference = await _first_difference(session, model)
            if difference is not None:
                return difference
        return None
    finally:
        await session.rollback()


async def _chain(session: AsyncSession, id: UUID, last_hash: str) -> list[ChainedEvent] | str:
    try:
        return await Ledger(session).chain(id, last_hash)
    except BrokenChainError as error:
        return f"orchestration {id}: its head is not in the ledger ({error})"


async def _project(session: AsyncSession, id: UUID) -> None:
    head = (
        await session.execute(
            select(Orchestration.run_id, Orchestration.last_hash, Orchestration.organization_id)
            .where(Orchestration.id == id)
            .with_for_update()
        )
    ).one()
    chain = await Ledger(session).chain(id, head.last_hash)
    await Projections(session, head.organization_id, id).replace(head.run_id, chain)


async def _first_difference(session: AsyncSession, model: type[Base]) -> str | None:
    name = model.__tablename__
    columns = [column.name for column in model.__table__.columns if column.name not in FOREIGN]
    listed = ", ".join(f'"{column}"' for column in columns)
    shown, made = f"public.{name}", f"pg_temp.{name}"
    for one, other in ((shown, made), (made, shown)):
        statement = f"SELECT {listed} FROM {one} EXCEPT SELECT {listed} FROM {other} LIMIT 1"
        row = (await session.execute(text(statement))).mappings().one_or_none()
        if row is not None:
            found = await _columns_that_differ(session, name, columns, row["id"])
            return f"{name} {row['id']} is not what its events say: {found}"
    return None


async def _columns_that_differ(
    session: AsyncSession, name: str, columns: list[str], id: UUID
) -> str:
    differs = ", ".join(f'a."{column}" IS DISTINCT FROM b."{column}"' for column in columns)
    statement = f"SELECT {differs} FROM public.{name} a JOIN pg_temp.{name} b USING (id)"
    row = (await session.execute(text(f"{statement} WHERE id = :id"), {"id": id})).one_or_none()
    if row is None:
        return "a row too many, or one too few"
    return ", ".join(column for column, different in zip(columns, row, strict=True) if different)
