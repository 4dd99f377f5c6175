"""A thousand tickets taken up, looked up and forgotten, against the bare statements."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from bench.figures import Figure, median
from bench.plan import Plan
from bench.stage import Stores
from contracts.identity import DEFAULT_ORGANIZATION
from contracts.triage import TicketClaim, TicketRef
from db.engine import each_by_itself
from db.ids import new_id
from db.processed_tickets import ProcessedTickets, forget_old

NUMBER, SOURCE = 1_000, "bench"
AGE = timedelta(days=7)
INSERT = """INSERT INTO processed_tickets (id, organization_id, source, ticket_id, claimed_by)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING"""
LOOK_UP = """SELECT success FROM processed_tickets
    WHERE organization_id = $1 AND source = $2 AND ticket_id = $3"""
GROW_OLD = """UPDATE processed_tickets SET success = true,
    processed_at = now() - interval '8 days', updated_at = now() - interval '8 days'"""
FORGET = "DELETE FROM processed_tickets WHERE processed_at < now() - interval '7 days'"
Step = Callable[[Sequence[str]], Awaitable[None]]


class Product:
    def __init__(self, stores: Stores) -> None:
        self._sessions, self._organization_id = stores.sessions, stores.ids[0]

    async def insert(self, ids: Sequence[str]) -> None:
        await self._claim(ids)

    async def look_up(self, ids: Sequence[str]) -> None:
        """Whoever takes a ticket up a second time learns that it is taken."""
        await self._claim(ids)

    async def clean_up(self, ids: Sequence[str]) -> None:
        async with each_by_itself(self._sessions) as session:
            if await forget_old(session, AGE) != len(ids):
                raise RuntimeError("not all that was old is forgotten")

    async def _claim(self, ids: Sequence[str]) -> None:
        for id in ids:
            ref = TicketRef(organization=DEFAULT_ORGANIZATION, source=SOURCE, id=id)
            claim = TicketClaim(ref=ref, claimed_by=str(uuid4()))
            async with each_by_itself(self._sessions) as session:
                await ProcessedTickets(session, self._organization_id).claim(claim)


class Bare:
    """A pool, as any server has one; each statement a transaction by itself."""

    def __init__(self, postgres: asyncpg.Pool, organization_id: UUID) -> None:
        self._postgres, self._organization_id = postgres, organization_id

    async def insert(self, ids: Sequence[str]) -> None:
        for id in ids:
            values = (new_id(), self._organization_id, SOURCE, id, str(uuid4()))
            await self._postgres.execute(INSERT, *values)

    async def look_up(self, ids: Sequence[str]) -> None:
        for id in ids:
            await self._postgres.fetch(LOOK_UP, self._organization_id, SOURCE, id)

    async def clean_up(self, _: Sequence[str]) -> None:
        await self._postgres.execute(FORGET)


async def rows(stores: Stores, plan: Plan) -> list[Figure]:
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    pool = asyncpg.create_pool(stores.database_url, min_size=2, max_size=10)  # type: ignore[no-untyped-call] # asyncpg's
    async with pool:
        contenders: dict[str, Product | Bare] = {
            "product": Product(stores),
            "bare": Bare(pool, stores.ids[0]),
        }
        for turn in range(plan.turns):
            for name in sorted(contenders, reverse=bool(turn % 2)):
                who, ids = contenders[name], [str(uuid4()) for _ in range(NUMBER)]
                took["insert", name].append(await _timed(who.insert, ids))
                took["look-up", name].append(await _timed(who.look_up, ids))
                await pool.execute(GROW_OLD)
                took["clean-up", name].append(await _timed(who.clean_up, ids))
    return [figure for what in ("insert", "look-up", "clean-up") for figure in _of(what, took)]


def _of(what: str, took: dict[tuple[str, str], list[float]]) -> list[Figure]:
    ours, theirs = took[what, "product"], took[what, "bare"]
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [
        median(f"{what} of {NUMBER:,} tickets", [1000 * one for one in ours], "ms"),
        median(f"{what} of {NUMBER:,} tickets / bare statement", ratios, at_most=3),
    ]


async def _timed(step: Step, ids: Sequence[str]) -> float:
    began = time.perf_counter()
    await step(ids)
    return time.perf_counter() - began
