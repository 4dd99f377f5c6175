"""What came of deliveries, in words: out of the audit log, else out of what they asked."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webhooks import Delivery, WebhookStatus
from db.models import WebhookEvent
from db.webhook_outcomes import WebhookOutcomes
from policy.command_words import told_as_done
from policy.house_rules import HouseRules
from policy.routing import route
from settings import Settings

Outcomes = Mapping[UUID, Sequence[str]]
MOST = 5
WAITING = "its workflow is still to come, or at work"


async def outcomes_of(
    session: AsyncSession, rows: Sequence[WebhookEvent], settings: Settings
) -> Outcomes:
    """Of each row, also of those that nothing came of. Only people's commands leave a record by
    delivery; of the others is told what they asked, by the rules as they are now."""
    done = [row for row in rows if row.status == WebhookStatus.PROCESSED]
    outcomes = WebhookOutcomes(session)
    told = await outcomes.carried_out(done)
    rules = HouseRules(settings.slipway_start_label, settings.own_accounts)
    for one in await outcomes.asked([row.id for row in done if row.id not in told]):
        told[one.id] = _asked(one, rules)
    return {row.id: [*_cut(told.get(row.id, [])), *_beside(row)] for row in rows}


def _asked(delivery: Delivery, rules: HouseRules) -> list[str]:
    return list(dict.fromkeys(map(told_as_done, route(delivery, rules).commands)))


def _cut(said: list[str]) -> list[str]:
    more = [f"and {len(said) - MOST} more"] if len(said) > MOST else []
    return said[:MOST] + more


def _beside(row: WebhookEvent) -> list[str]:
    """Why nothing came of it, or of a part of it."""
    if row.status == WebhookStatus.RECEIVED:
        return [WAITING, *_so_far(row)]
    if not row.error_message:
        return []
    done = row.status == WebhookStatus.PROCESSED
    return [f"but not: {row.error_message}" if done else row.error_message]


def _so_far(row: WebhookEvent) -> Iterator[str]:
    """A failure that is tried again is kept of what others' servers are asked alone."""
    if row.retry_count:
        yield f"tried again {'once' if row.retry_count == 1 else f'{row.retry_count} times'} so far"
    if row.error_message:
        yield f"the last try failed: {row.error_message}"
