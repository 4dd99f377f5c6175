"""Who may decide in whose place, and for how long."""

from contracts.approvals import Refusal
from contracts.delegations import LONGEST, DelegationAuthority, DelegationQuestion
from policy.approvals import Member, Trust


def delegation_of(
    question: DelegationQuestion, giver: Member | None, taker: Member | None, trust: Trust
) -> DelegationAuthority:
    """What the giver may decide is looked up with each decision, not here."""
    said = question.delegation
    if giver is None or not giver.active:
        why = f"{said.by} is not a member of {question.organization}"
        return _refused(Refusal.NOT_AN_APPROVER, why)
    if trust.production and not trust.verified:
        why = f"nobody has vouched that {said.by} says this: leave --as out, and set SLIPWAY_USER"
        return _refused(Refusal.UNVERIFIED, why)
    if taker is None or not taker.active:
        why = f"{said.to} is not a member of {question.organization}"
        return _refused(Refusal.BAD_DELEGATION, why)
    if taker.user_id == giver.user_id:
        return _refused(Refusal.BAD_DELEGATION, "name somebody else than yourself")
    if not question.heard_at < said.until <= question.heard_at + LONGEST:
        why = f"a delegation ends within {LONGEST.days} days from now"
        return _refused(Refusal.BAD_DELEGATION, why)
    return DelegationAuthority(from_id=giver.user_id, to_id=taker.user_id)


def _refused(refusal: Refusal, why: str) -> DelegationAuthority:
    return DelegationAuthority(refusal=refusal, reason=why)
