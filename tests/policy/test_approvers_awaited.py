"""Who is still awaited at a level, once some have decided."""

from typing import Any
from uuid import UUID

import pytest

from contracts.approvals import ApproversQuestion, Vote
from contracts.identity import Role
from contracts.playbooks import Gate
from policy.approvals import Member, still_awaited

LEAD, SENIOR = {"team_role": "lead"}, {"team_role": "senior"}


def member(number: int, team_role: str) -> Member:
    email = f"{team_role}-{number}@x.test"
    return Member(UUID(int=number), Role.DEVELOPER, True, email, (("core", team_role),))


LEA, LEO, SAM = member(1, "lead"), member(2, "lead"), member(3, "senior")
ALL = [LEA, LEO, SAM]


def awaited(votes: tuple[Vote, ...], how: dict[str, Any], **rest: object) -> list[Member]:
    last = {"name": "row", "approvers": [LEAD, SENIOR], **how}
    levels = [{"name": "first", "approvers": [LEAD]}, last]
    gate = Gate.model_validate({"name": "plan", "levels": levels, **rest})
    question = ApproversQuestion(organization="acme", gate=gate, level=2, votes=votes)
    return still_awaited(question, ALL)


def vote(by: Member, level: int, *seats: int, lent: Member | None = None) -> Vote:
    behalf = lent.user_id if lent else None
    return Vote(level=level, approver_id=by.user_id, on_behalf_of=behalf, seats=seats)


@pytest.mark.parametrize(
    ("how", "before", "after"),
    [
        ({"quorum": 2}, ALL, [LEO, SAM]),
        ({"quorum": "all"}, ALL, [SAM]),
        ({"quorum": "all", "order": "sequential"}, [LEA, LEO], [SAM]),
    ],
    ids=["of many", "one for each", "one after the other"],
)
def test_those_whose_voice_would_bring_it_on(
    how: dict[str, Any], before: list[Member], after: list[Member]
) -> None:
    assert awaited((), how) == before
    assert awaited((vote(LEA, 2, 0),), how) == after


def test_who_has_decided_at_another_level_only_where_that_binds_nobody() -> None:
    before = (vote(LEA, 1, 0),)
    assert awaited(before, {}) == [LEO, SAM]
    assert awaited(before, {}, four_eyes=False) == ALL


def test_whose_voice_was_lent_has_been_heard() -> None:
    assert awaited((vote(SAM, 2, 0, lent=LEA),), {"quorum": 2}) == [LEO]
