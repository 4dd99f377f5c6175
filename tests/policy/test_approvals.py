"""Who may decide at a gate, by role and by whose work it is."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.approvals import (
    AuthorityQuestion,
    Decision,
    DecisionKind,
    Objection,
    Refusal,
    Vote,
)
from contracts.identity import Role
from contracts.levels import Approver, Level
from contracts.playbooks import Gate
from policy.approvals import Known, Member, Trust, authority_of, may_answer

MAX = UUID(int=7)
GATE = Gate(name="plan")


def question(by: str = "max@example.org", gate: Gate = GATE) -> AuthorityQuestion:
    return AuthorityQuestion(
        organization="acme",
        orchestration_id=UUID(int=1),
        issue_key="KEY-1",
        approval_id=UUID(int=2),
        gate=gate,
        requester="rita@example.org",
        decision=Decision(decision=DecisionKind.APPROVE, by=by),
    )


def member(role: Role, active: bool = True) -> Known:
    return Known(Member(user_id=MAX, role=role, active=active))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_a_role_that_the_gate_names_may_decide(role: Role) -> None:
    authority = authority_of(question(), member(role))
    assert (authority.approver_id, authority.refusal) == (MAX, None)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_any_other_role_may_not_and_hears_which_may(role: Role) -> None:
    authority = authority_of(question(), member(role))
    assert authority.refusal is Refusal.NOT_AN_APPROVER
    assert authority.reason == f"max@example.org is {role.lower()}; plan needs admin or manager"
    assert authority.approver_id is None


def test_roles_are_the_gates_own_matter() -> None:
    gate = Gate(name="result", roles=(Role.VIEWER,))
    assert authority_of(question(gate=gate), member(Role.VIEWER)).refusal is None
    assert authority_of(question(gate=gate), member(Role.ADMIN)).refusal is Refusal.NOT_AN_APPROVER


@pytest.mark.parametrize(("email", "may"), [("Max@Example.org", True), ("mia@example.org", False)])
def test_a_person_that_the_gate_names_may_decide_and_nobody_else(email: str, may: bool) -> None:
    boss = Level(name="boss", approvers=(Approver(user="max@example.ORG"),))
    gate = Gate(name="plan", levels=(boss,))
    for role in (Role.VIEWER, Role.ADMIN):
        known = Known(Member(MAX, role, True, email))
        assert (authority_of(question(gate=gate), known).refusal is None) is may


def test_a_stranger_may_not() -> None:
    authority = authority_of(question(), Known(None))
    assert authority.refusal is Refusal.NOT_AN_APPROVER
    assert authority.reason == (
        "max@example.org is not a member of acme; admin or manager may decide"
    )


def test_who_has_left_may_not() -> None:
    authority = authority_of(question(), member(Role.ADMIN, active=False))
    assert authority.refusal is Refusal.NOT_AN_APPROVER


@pytest.mark.parametrize("spelling", ["rita@example.org", "Rita@Example.ORG"])
def test_nobody_decides_on_work_they_asked_for(spelling: str) -> None:
    authority = authority_of(question(by=spelling), member(Role.ADMIN))
    assert authority.refusal is Refusal.OWN_WORK
    assert authority.approver_id is None


def test_unless_the_gate_allows_it() -> None:
    gate = Gate(name="plan", allow_requester=True)
    authority = authority_of(question(by="rita@example.org", gate=gate), member(Role.ADMIN))
    assert (authority.approver_id, authority.refusal) == (MAX, None)


def test_the_wrong_role_is_said_before_whose_work_it_is() -> None:
    authority = authority_of(question(by="rita@example.org"), member(Role.DEVELOPER))
    assert authority.refusal is Refusal.NOT_AN_APPROVER


MIA = Member(UUID(int=8), Role.MANAGER, True)
LEVELS = (
    Level(name="two", approvers=(Approver(role=Role.MANAGER),), quorum=2),
    Level(name="boss", approvers=(Approver(role=Role.ADMIN), Approver(role=Role.MANAGER))),
)
TWO = Gate(name="plan", levels=LEVELS)


def test_what_speaks_against_it_anyhow_comes_first() -> None:
    objection = Objection(refusal=Refusal.ALREADY_DECIDED, reason="too late")
    asked = question().model_copy(update={"objection": objection})
    for known in (member(Role.ADMIN), Known(None)):
        assert authority_of(asked, known).refusal is Refusal.ALREADY_DECIDED


def test_the_author_may_not_unless_the_gate_allows_it() -> None:
    known = replace(member(Role.ADMIN), authors=frozenset({MAX}))
    assert authority_of(question(), known).refusal is Refusal.OWN_WORK
    gate = Gate(name="plan", allow_author=True)
    assert authority_of(question(gate=gate), known).refusal is None


def test_the_requester_is_known_by_any_of_their_accounts() -> None:
    known = replace(member(Role.ADMIN), requesters=frozenset({MAX}))
    assert authority_of(question(by="github:max"), known).refusal is Refusal.OWN_WORK


def test_whose_voice_was_used_already_is_said() -> None:
    mia = replace(MIA, email="mia@example.org")
    vote = Vote(level=1, seats=(0,), approver_id=MIA.user_id)
    asked = question(gate=TWO).model_copy(update={"votes": (vote,)})
    lent = authority_of(asked, replace(member(Role.VIEWER), principals=(mia,)))
    assert lent.refusal is Refusal.ALREADY_DECIDED
    assert lent.reason == "mia@example.org, whose voice it would be, has decided here already"


@pytest.mark.parametrize(
    ("level", "voter", "refusal"),
    [
        (1, {"approver_id": MAX}, Refusal.ALREADY_DECIDED),
        (1, {"approver_id": MIA.user_id}, None),
        (1, {"approver_id": MIA.user_id, "on_behalf_of": MAX}, Refusal.ALREADY_DECIDED),
        (2, {"approver_id": MAX}, Refusal.FOUR_EYES),
        (2, {"approver_id": MIA.user_id, "on_behalf_of": MAX}, Refusal.FOUR_EYES),
    ],
)
def test_nobody_is_heard_twice(level: int, voter: dict[str, UUID], refusal: Refusal | None) -> None:
    vote = Vote(level=1, seats=(0,), **voter)
    asked = question(gate=TWO).model_copy(update={"level": level, "votes": (vote,)})
    assert authority_of(asked, member(Role.MANAGER)).refusal is refusal


def test_ones_own_voice_comes_before_a_lent_one() -> None:
    known = replace(member(Role.MANAGER), principals=(MIA,))
    assert authority_of(question(), known).on_behalf_of is None
    known = replace(member(Role.VIEWER), principals=(MIA,))
    assert authority_of(question(), known).on_behalf_of == MIA.user_id


@pytest.mark.parametrize("order", ["sequential", "parallel"])
def test_who_is_not_awaited_may_be_the_voice_of_somebody_who_is(order: str) -> None:
    boss = replace(MIA, user_id=UUID(int=9), role=Role.ADMIN)
    places = (Approver(role=Role.MANAGER), Approver(role=Role.ADMIN))
    both = Level.model_validate(
        {"name": "both", "approvers": places, "quorum": "all", "order": order}
    )
    vote = Vote(level=1, approver_id=MIA.user_id, seats=(0,))
    asked = question(gate=Gate(name="plan", levels=(both,)))
    asked = asked.model_copy(update={"votes": (vote,)})
    assert authority_of(asked, member(Role.MANAGER)).refusal is Refusal.NOT_AN_APPROVER
    known = replace(member(Role.MANAGER), principals=(boss,))
    assert authority_of(asked, known).on_behalf_of == boss.user_id


def test_a_lent_voice_is_worth_what_its_owner_is_now() -> None:
    for principal in (replace(MIA, active=False), replace(MIA, role=Role.VIEWER)):
        known = replace(member(Role.VIEWER), principals=(principal,))
        assert authority_of(question(), known).refusal is Refusal.NOT_AN_APPROVER


def test_of_two_lent_voices_the_one_that_counts_is_used() -> None:
    other = replace(MIA, user_id=UUID(int=9))
    known = replace(member(Role.VIEWER), principals=(MIA, other))
    vote = Vote(level=1, approver_id=MIA.user_id, seats=(0,))
    asked = question(gate=TWO).model_copy(update={"votes": (vote,)})
    assert authority_of(asked, known).on_behalf_of == other.user_id


@pytest.mark.parametrize(
    ("trust", "demanded", "refused"),
    [
        (Trust(), False, False),
        (Trust(), True, True),
        (Trust(production=True), False, True),
        (Trust(signed=True, production=True), False, False),
        (Trust(signed=True, production=True), True, True),
        (Trust(signed=True, verified=True, production=True), True, False),
    ],
)
def test_how_far_a_sender_must_be_known(trust: Trust, demanded: bool, refused: bool) -> None:
    gate = Gate(name="plan", verified=demanded)
    authority = authority_of(question(gate=gate), replace(member(Role.ADMIN), trust=trust))
    assert authority.refusal is (Refusal.UNVERIFIED if refused else None)
    assert authority.verified == (trust.verified and not refused)


def test_a_ticket_that_reads_otherwise_now_is_another_subject() -> None:
    asked = question().model_copy(update={"ticket_hash": "then"})
    authority = authority_of(asked, replace(member(Role.ADMIN), ticket_hash="now"))
    assert (authority.refusal, authority.ticket_hash) == (Refusal.SUBJECT_CHANGED, "now")
    known = replace(member(Role.VIEWER), ticket_hash="now")
    assert authority_of(asked, known).refusal is Refusal.NOT_AN_APPROVER
    known = replace(member(Role.ADMIN), ticket_hash="now", authors=frozenset({MAX}))
    assert authority_of(asked, known).refusal is Refusal.OWN_WORK


@pytest.mark.parametrize("role", Role)
def test_who_works_on_code_may_answer(role: Role) -> None:
    assert may_answer(Member(MAX, role, True)) == (role is not Role.VIEWER)
    assert not may_answer(Member(MAX, role, active=False))
