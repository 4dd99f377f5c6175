"""The people of a dry run: real members, or somebody for each role that is named."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

from contracts.identity import Role
from contracts.levels import Approver, Level
from contracts.playbooks import Gate, Playbook
from policy.approvals import Member, seats_of

SPACE = UUID(int=5)
# Enough for any quorum at several levels, of which each wants other eyes.
UNDERSTUDIES = 20


@dataclass(frozen=True)
class Cast:
    """`real`: as Postgres knows them. Else each role is played by several people who are named
    after it."""

    members: tuple[Member, ...]
    real: bool = False

    def able(self, level: Level, escalated: int) -> list[Member]:
        """Who may decide there."""
        return [one for one in self.members if seats_of(level, escalated, one)]

    def names(self, level: Level, escalated: int) -> list[str]:
        """Whom a message would reach; nobody where nobody has the role."""
        if self.real:
            return [one.email for one in self.able(level, escalated)]
        return list(dict.fromkeys(one.words() for one in level.asked(escalated)))

    def member(self, email: str) -> Member | None:
        return next((one for one in self.members if one.email.lower() == email.lower()), None)


def invented(playbook: Playbook) -> Cast:
    """Somebody for everybody whom the playbook's gates name."""
    approvers = dict.fromkeys(named(playbook))
    return Cast(tuple(member for one in approvers for member in _understudies(one)))


def named(playbook: Playbook) -> Iterator[Approver]:
    for gate in gates(playbook):
        for level in gate.stages:
            yield from level.asked(len(level.escalation))


def gates(playbook: Playbook) -> Iterator[Gate]:
    return (step.gate for step in playbook.phases if step.gate is not None)


def _understudies(approver: Approver) -> Iterator[Member]:
    names = [approver.words()]
    if approver.user is None:
        names += [f"{approver.words()} {number}" for number in range(2, UNDERSTUDIES + 1)]
    in_team = approver.team or approver.team_role
    teams = ((approver.team or "any", approver.team_role or "member"),) if in_team else ()
    for name in names:
        yield Member(
            user_id=uuid5(SPACE, name.lower()),
            role=approver.role or Role.VIEWER,
            active=True,
            email=name,
            teams=teams,
        )
