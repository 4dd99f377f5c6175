"""The order in which a run's phases are shown."""

from collections.abc import Sequence
from itertools import takewhile

from contracts.jira_work import PhaseProgress
from contracts.phases import PhaseStatus


def in_playbook_order(told: Sequence[PhaseProgress]) -> list[PhaseProgress]:
    """What is known from the start to be left out is told before anything is worked: each of it
    moves to its place in the playbook's order. All else stays as it happened."""
    left_out = list(takewhile(lambda one: one.status is PhaseStatus.SKIPPED, told))
    shown = list(told[len(left_out) :])
    for one in left_out:
        place = one.phase.place
        later = (at for at, other in enumerate(shown) if other.phase.place > place)
        shown.insert(next(later, len(shown)), one)
    return shown
