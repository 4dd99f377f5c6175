"""Who may have work started, guided or ended by a delivery."""

from dataclasses import dataclass

from contracts.commands import CancelWork, Decide, EditTicket, PersonCommand
from contracts.identity import Role

WORKERS = frozenset({Role.ADMIN, Role.MANAGER, Role.DEVELOPER})


# How a refusal ends that `users link` and a replay can mend.
UNKNOWN = "is nobody we know"


@dataclass(frozen=True)
class KnownPerson:
    """A member of the organization, as Postgres knows them now."""

    email: str
    role: Role


def refusal_of(command: PersonCommand, person: KnownPerson | None) -> str | None:
    """Why not; None when they may. Whether they may decide at a gate, the gate itself asks."""
    if isinstance(command, CancelWork | EditTicket) and command.by_tracker:
        # Issues of git hosts only name tickets, and anybody can open one: they are not trackers.
        return None
    if person is None:
        return f"{command.by or 'somebody'} {UNKNOWN}"
    if isinstance(command, Decide) or person.role in WORKERS:
        return None
    return f"{person.email} is {person.role.lower()} and may only look"
