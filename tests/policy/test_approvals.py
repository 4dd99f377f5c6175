"""Who may decide at a gate, by role and by whose work it is."""

from uuid import UUID

import pytest

from contracts.approvals import Authority, AuthorityQuestion, Decision, DecisionKind, Refusal
from contracts.identity import Role
from contracts.playbooks import Gate
from policy.approvals import Member, authority_of

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


def member(role: Role, active: bool = True) -> Member:
    return Member(user_id=MAX, role=role, active=active)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER])
def test_a_role_that_the_gate_names_may_decide(role: Role) -> None:
    assert authority_of(question(), member(role)) == Authority(approver_id=MAX)


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


def test_a_stranger_may_not() -> None:
    authority = authority_of(question(), None)
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
    assert authority == Authority(approver_id=MAX)


def test_the_wrong_role_is_said_before_whose_work_it_is() -> None:
    authority = authority_of(question(by="rita@example.org"), member(Role.DEVELOPER))
    assert authority.refusal is Refusal.NOT_AN_APPROVER
