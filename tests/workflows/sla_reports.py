"""What a house with service levels recorded, as its tests look at it."""

from datetime import timedelta

from contracts.events import SlaAcknowledged, SlaCritical, SlaViolated, SlaWarned
from contracts.phases import Phase
from contracts.sla import SlaKind
from tests.workflows.sla_house import Seen, Ticket, definition

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KINDS = [SlaWarned, SlaCritical, SlaViolated]
RESOLVED = definition("resolved", SlaKind.RESOLUTION, 100 * MINUTE)


def told(seen: Seen) -> list[tuple[str, str, Phase | None]]:
    events = [(one.event, one.phase) for one in seen.facts]
    return [
        (event.type, event.sla, phase)
        for event, phase in events
        if isinstance(event, SlaWarned | SlaCritical | SlaViolated | SlaAcknowledged)
    ]


def reached(seen: Seen) -> list[SlaWarned | SlaCritical | SlaViolated]:
    events = (one.event for one in seen.facts)
    return [one for one in events if isinstance(one, SlaWarned | SlaCritical | SlaViolated)]


async def until_told(ticket: Ticket, count: int) -> None:
    """Time does not move while this looks."""
    while len((await ticket.seen()).facts) < count:
        await ticket.passes(timedelta(milliseconds=1))
