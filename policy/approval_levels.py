"""Levels of a gate: which are asked, whose voices count, and when they are enough."""

from collections.abc import Sequence

from contracts.approvals import Vote
from contracts.gates import TicketReading
from contracts.levels import Condition, Level
from contracts.playbooks import Gate
from contracts.risk import Assessment


def needs_assessment(gate: Gate) -> bool:
    """Whether the diff must be looked at before the gate is opened."""
    return any(level.when.of_the_change or _trusts_low_risk(level) for level in gate.stages)


def needs_ticket(gate: Gate) -> bool:
    """Whether the ticket must be read, as it is now, before the gate is opened."""
    return any(level.when.of_the_ticket for level in gate.stages)


def levels_asked(
    gate: Gate, ticket: TicketReading | None, assessment: Assessment | None
) -> tuple[int, ...]:
    """The numbers, from 1, of the levels whose conditions hold. None of what nobody could look
    at: who cannot look had better ask."""
    levels = enumerate(gate.stages, start=1)
    return tuple(number for number, level in levels if _holds(level.when, ticket, assessment))


def is_reached(level: Level, votes: Sequence[Vote]) -> bool:
    """Whether the level's votes are as many as it needs."""
    if level.quorum == "all" and level.order == "parallel":
        return _places_taken(votes) >= level.needed
    return len(votes) >= level.needed


def still_missing(level: Level, votes: Sequence[Vote]) -> int:
    """How many more must agree while the level is asked; each of its votes counts."""
    return max(level.needed - len(votes), 1)


def counts(level: Level, votes: Sequence[Vote], seats: tuple[int, ...]) -> bool:
    """Whether one more voice, of somebody who may take these seats, brings the level on."""
    if level.order == "sequential":
        return len(votes) in seats
    if level.quorum != "all":
        return bool(seats)
    some = Vote(level=0, approver_id=votes[0].approver_id, seats=seats) if votes else None
    return some is None or _places_taken([*votes, some]) > _places_taken(votes)


def _trusts_low_risk(level: Level) -> bool:
    return level.on_timeout == "approve_if_low_risk"


def _holds(when: Condition, ticket: TicketReading | None, assessment: Assessment | None) -> bool:
    return _holds_of_ticket(when, ticket) and _holds_of_change(when, assessment)


def _holds_of_ticket(when: Condition, ticket: TicketReading | None) -> bool:
    if not when.of_the_ticket or ticket is None:
        return True
    return (not when.issue_types or ticket.type in when.issue_types) and (
        not when.priorities or ticket.priority in when.priorities
    )


def _holds_of_change(when: Condition, assessment: Assessment | None) -> bool:
    if not when.of_the_change or assessment is None:
        return True
    return (
        (not when.risk or assessment.risk in when.risk)
        and when.clean in (None, assessment.clean)
        and assessment.files_changed >= (when.files_changed or 0)
        and assessment.diff_size >= (when.diff_size or 0)
    )


def _places_taken(votes: Sequence[Vote]) -> int:
    """The most seats that these people can take, each one seat (a maximum matching)."""
    taken: dict[int, int] = {}

    def seat(voter: int, tried: set[int]) -> bool:
        for place in votes[voter].seats:
            if place not in tried:
                tried.add(place)
                if place not in taken or seat(taken[place], tried):
                    taken[place] = voter
                    return True
        return False

    return sum(seat(voter, set()) for voter in range(len(votes)))
