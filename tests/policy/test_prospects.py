"""Whether a request can still be decided, why not, and what helps."""

from typing import Any
from uuid import UUID

import pytest

from contracts.approvals import AuthorityQuestion, Decision, DecisionKind, Vote
from contracts.identity import Role
from contracts.playbooks import Gate
from contracts.prospects import Prospects
from policy.approvals import Known, Member
from policy.prospects import prospects_of

LEAD = {"team": "core", "team_role": "lead"}
RITA = "rita@x.test"


def member(number: int, name: str, role: Role = Role.DEVELOPER, *, active: bool = True) -> Member:
    return Member(UUID(int=number), role, active, f"{name}@x.test", (("core", "lead"),))


LEA, LEO = member(1, "lea"), member(2, "leo")
MAX = member(3, "max", Role.MANAGER)


def question(*levels: dict[str, Any], votes: tuple[Vote, ...] = (), **gate: Any) -> Any:
    """Of the last one of these levels."""
    named = [{"name": f"level-{number}", **level} for number, level in enumerate(levels, 1)]
    return AuthorityQuestion(
        organization="acme",
        orchestration_id=UUID(int=8),
        issue_key="KEY-1",
        approval_id=UUID(int=9),
        gate=Gate.model_validate({"name": "plan", "levels": named, **gate}),
        level=len(levels),
        votes=votes,
        requester=RITA,
        decision=Decision(decision=DecisionKind.REJECT, by="nobody"),
    )


def vote(by: Member, level: int, *seats: int) -> Vote:
    return Vote(level=level, approver_id=by.user_id, seats=seats)


def known(*members: Member, **whose: Any) -> list[Known]:
    return [Known(one, **whose) for one in members]


def why(found: Prospects) -> list[str]:
    return [one.why for one in found.barred]


def test_who_decided_an_earlier_level_is_not_there_for_the_next() -> None:
    both = {"approvers": [LEAD]}, {"approvers": [LEAD]}
    found = prospects_of(question(*both, votes=(vote(LEA, 1),)), known(LEA))
    assert (found.may, found.short) == ((), 1)
    assert found.words == "nobody is left who may decide"
    assert why(found) == ["lea@x.test decided at another level; this one needs other eyes"]
    assert found.advice == ("name somebody else: starter.py teams members core EMAIL --role lead")
    one_more = prospects_of(question(*both, votes=(vote(LEA, 1),)), known(LEA, LEO))
    assert (one_more.may, one_more.short, one_more.words) == (("leo@x.test",), 0, "")
    assert one_more.advice == ""
    assert prospects_of(question(*both, votes=(vote(LEA, 1),), four_eyes=False), known(LEA)).may


@pytest.mark.parametrize(
    ("whose", "reason"),
    [
        ({"requesters": frozenset({MAX.user_id})}, "max@x.test asked for this work; "),
        ({"authors": frozenset({MAX.user_id})}, "max@x.test did part of this work; "),
    ],
)
def test_whose_work_it_is_bars_them(whose: dict[str, Any], reason: str) -> None:
    asked = question({"approvers": [{"role": "ADMIN"}, {"role": "MANAGER"}]})
    found = prospects_of(asked, known(MAX, **whose))
    assert why(found) == [f"{reason}somebody else must decide on it"]
    assert "starter.py users add EMAIL --role MANAGER" in found.advice


def test_who_is_not_active_any_more_is_named_as_such() -> None:
    gone = member(4, "gone", active=False)
    found = prospects_of(question({"approvers": [LEAD]}), known(gone))
    assert why(found) == ["gone@x.test is not active any more"]


def test_where_nobody_was_ever_there_it_says_so() -> None:
    found = prospects_of(question({"approvers": [{"team_role": "security"}]}), [])
    assert found.words == "nobody is there who may decide"
    assert "starter.py teams members TEAM EMAIL --role security" in found.advice


def test_too_few_for_a_quorum_are_too_few_even_if_some_may() -> None:
    asked = {"approvers": [LEAD], "quorum": 2}
    found = prospects_of(question(asked), known(LEA))
    assert (found.may, found.short) == (("lea@x.test",), 1)
    assert found.words == "too few are left who may decide: 1 more must agree than may"
    assert prospects_of(question(asked), known(LEA, LEO)).short == 0
    assert prospects_of(question(asked, votes=(vote(LEO, 1),)), known(LEA, LEO)).short == 0


def test_one_for_each_place_takes_a_person_for_each() -> None:
    places = {"approvers": [LEAD, {"role": "MANAGER"}], "quorum": "all"}
    assert prospects_of(question(places), known(LEA, LEO)).short == 1
    assert prospects_of(question(places), known(LEA, MAX)).short == 0
    assert prospects_of(question(places, votes=(vote(LEO, 1, 0),)), known(LEA, LEO)).short == 1


def test_of_a_sequence_only_whoever_comes_next_is_looked_for() -> None:
    queue = {"approvers": [{"role": "MANAGER"}, LEAD], "quorum": "all", "order": "sequential"}
    found = prospects_of(question(queue), known(LEA, MAX))
    assert (found.may, found.short) == (("max@x.test",), 0)
    assert prospects_of(question(queue), known(LEA)).short == 1


def test_a_voice_that_was_lent_is_one_unless_its_owner_is_barred() -> None:
    boss = question({"approvers": [{"role": "MANAGER"}]})
    assert prospects_of(boss, known(LEA, principals=(MAX,))).may == ("lea@x.test",)
    barred = known(LEA, principals=(MAX,), requesters=frozenset({MAX.user_id}))
    assert prospects_of(boss, barred).may == ()


def test_where_people_are_named_others_must_be_asked() -> None:
    found = prospects_of(question({"approvers": [{"user": "max@x.test"}]}), [])
    assert "starter.py project approvals KEY --gate plan --levels FILE" in found.advice
    assert "starter.py work KEY-1 --resume" in found.advice
