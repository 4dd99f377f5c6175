"""Who may decide at a gate."""

from dataclasses import dataclass
from uuid import UUID

from contracts.approvals import Authority, AuthorityQuestion, Refusal
from contracts.identity import Role


@dataclass(frozen=True)
class Member:
    """A person as Postgres knows them now."""

    user_id: UUID
    role: Role
    active: bool


def authority_of(question: AuthorityQuestion, member: Member | None) -> Authority:
    decision, gate = question.decision, question.gate
    roles = " or ".join(role.lower() for role in gate.roles)
    if member is None or not member.active:
        why = f"{decision.by} is not a member of {question.organization}; {roles} may decide"
        return Authority(refusal=Refusal.NOT_AN_APPROVER, reason=why)
    if member.role not in gate.roles:
        why = f"{decision.by} is {member.role.lower()}; {gate.name} needs {roles}"
        return Authority(refusal=Refusal.NOT_AN_APPROVER, reason=why)
    if decision.by.lower() == question.requester.lower() and not gate.allow_requester:
        why = f"{decision.by} asked for this work; somebody else must decide on it"
        return Authority(refusal=Refusal.OWN_WORK, reason=why)
    return Authority(approver_id=member.user_id)
