"""What the attempt before the next one hands on to it."""

from cli import coder as coders
from cli.reader import Found
from contracts.choices import TakenOver
from contracts.events import OrchestrationStarted
from contracts.jira_work import WorkOrder
from contracts.orchestrations import OrchestrationStatus
from policy.choices import earlier_of, manned, settled


def foretold(order: WorkOrder, last: Found | None) -> TakenOver | None:
    """What the worker will find, by the same rule. Raises UnknownPlaybookError."""
    if last is None or not isinstance(started := last.events[0].event, OrchestrationStarted):
        return None
    completed = last.story.status is OrchestrationStatus.COMPLETED
    by = settled(order, earlier_of(started, completed=completed))
    if order.playbook is not None:
        _, by = manned(coders.check_playbook(order.playbook, order.coder), by)
    return by.taken_over
