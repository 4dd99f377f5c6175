"""Who may decide at a gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.approvals import ApproversQuestion, Authority, AuthorityQuestion, Refusal, Vote
from contracts.identity import ANSWERERS, Role
from contracts.levels import Approver, Level
from policy.approval_levels import counts


@dataclass(frozen=True)
class Member:
    """A person as Postgres knows them now. `teams` are pairs of a team and the role in it."""

    user_id: UUID
    role: Role
    active: bool
    email: str = ""
    teams: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Trust:
    """`signed` by one of our own senders; `verified`: which vouched for the person as well."""

    signed: bool = False
    verified: bool = False
    production: bool = False


@dataclass(frozen=True)
class Known:
    """What is known when the decision is made. `principals` have delegated to the member;
    `requesters` and `authors` are those whose work it is. `ticket_hash` is that of the ticket as
    it reads now."""

    member: Member | None
    principals: tuple[Member, ...] = ()
    requesters: frozenset[UUID] = frozenset()
    authors: frozenset[UUID] = frozenset()
    trust: Trust = Trust()
    ticket_hash: str | None = None


def authority_of(question: AuthorityQuestion, known: Known) -> Authority:
    """A person's own voice comes before one that they were lent."""
    if question.objection is not None:
        return _refused(question.objection.refusal, question.objection.reason)
    member, by = known.member, question.decision.by
    level = question.gate.level(question.level)
    whom = level.words(question.escalated)
    if member is None or not member.active:
        why = f"{by} is not a member of {question.organization}; {whom} may decide"
        return _refused(Refusal.NOT_AN_APPROVER, why)
    lent = [one for one in known.principals if one.active]
    able = [one for one in (member, *lent) if seats_of(level, question.escalated, one)]
    if not able:
        why = f"{by} is {member.role.lower()}; {question.gate.name} needs {whom}"
        return _refused(Refusal.NOT_AN_APPROVER, why)
    voices = [_of_voice(question, known, one) for one in able]
    heard = next((voice for voice in voices if voice.refusal is None), voices[0])
    if heard.refusal is None and _ticket_changed(question, known):
        why = "the ticket has changed since it was asked: look at it again"
        changed = _refused(Refusal.SUBJECT_CHANGED, why)
        return changed.model_copy(update={"ticket_hash": known.ticket_hash})
    return heard


def may_answer(member: Member) -> bool:
    """An agent's question: everybody who works on code."""
    return member.active and member.role in ANSWERERS


def seats_of(level: Level, escalated: int, member: Member) -> tuple[int, ...]:
    """The places among the level's approvers that the member may take. Whom it was escalated to
    may take any."""
    added = level.asked(escalated)[len(level.approvers) :]
    if any(_is_meant(approver, member) for approver in added):
        return tuple(range(len(level.approvers)))
    places = enumerate(level.approvers)
    return tuple(place for place, approver in places if _is_meant(approver, member))


def seated(
    question: ApproversQuestion | AuthorityQuestion, vote: Vote, members: Iterable[Member]
) -> Vote:
    """With the seats that whoever's voice it is may take: the tables do not say them. `members`
    are those whom the level names."""
    voice = vote.on_behalf_of or vote.approver_id
    member = next((one for one in members if one.user_id == voice), None)
    if member is None or vote.level != question.level:
        return vote
    level = question.gate.level(question.level)
    return vote.model_copy(update={"seats": seats_of(level, question.escalated, member)})


def still_awaited(question: ApproversQuestion, members: Iterable[Member]) -> list[Member]:
    """Those of them whose voice would bring the level on. Of a sequence that is whoever comes
    next."""
    level = question.gate.level(question.level)
    here = _here(question)
    return [
        one
        for one in members
        if has_voice(question, one)
        and counts(level, here, seats_of(level, question.escalated, one))
    ]


def has_voice(question: ApproversQuestion, member: Member) -> bool:
    """Neither they nor anybody in their place has used it: at this level, or where that binds at
    any other."""
    binding = question.votes if question.gate.four_eyes else _here(question)
    return not any(member.user_id in vote.people for vote in binding)


def _here(question: ApproversQuestion | AuthorityQuestion) -> list[Vote]:
    return [vote for vote in question.votes if vote.level == question.level]


def _is_meant(approver: Approver, member: Member) -> bool:
    if approver.user is not None:
        return approver.user.lower() == member.email.lower()
    if approver.role is not None:
        return approver.role is member.role
    if approver.pool is not None and approver.team is None:
        return False  # No team was chosen for it.
    return any(
        approver.team_role in (None, role) and approver.team in (None, team)
        for team, role in member.teams
    )


def _of_voice(question: AuthorityQuestion, known: Known, voice: Member) -> Authority:
    """The member's own, or that of somebody who lent theirs."""
    assert known.member is not None
    people = {known.member.user_id, voice.user_id}
    level = question.gate.level(question.level)
    seats = seats_of(level, question.escalated, voice)
    refusal = (
        _own_work(question, known, people)
        or _again(question, known.member, voice)
        or _doubtful(question, known.trust)
    )
    if refusal is not None:
        return refusal
    if not counts(level, _here(question), seats):
        why = f"it is not {question.decision.by} who is awaited at {level.name} now"
        return _refused(Refusal.NOT_AN_APPROVER, why)
    return Authority(
        approver_id=known.member.user_id,
        on_behalf_of=voice.user_id if voice is not known.member else None,
        seats=seats,
        verified=known.trust.verified,
    )


def _own_work(question: AuthorityQuestion, known: Known, people: set[UUID]) -> Authority | None:
    gate, by = question.gate, question.decision.by
    asked_for = people & known.requesters or by.lower() == question.requester.lower()
    if asked_for and not gate.allow_requester:
        why = f"{by} asked for this work; somebody else must decide on it"
        return _refused(Refusal.OWN_WORK, why)
    if people & known.authors and not gate.allow_author:
        why = f"{by} did part of this work; somebody else must decide on it"
        return _refused(Refusal.OWN_WORK, why)
    return None


def _again(question: AuthorityQuestion, member: Member, voice: Member) -> Authority | None:
    for vote in question.votes:
        if not {member.user_id, voice.user_id} & vote.people:
            continue
        own = member.user_id in vote.people
        who = question.decision.by if own else f"{voice.email}, whose voice it would be,"
        if vote.level == question.level:
            return _refused(Refusal.ALREADY_DECIDED, f"{who} has decided here already")
        if question.gate.four_eyes:
            why = f"{who} decided at another level; this one needs other eyes"
            return _refused(Refusal.FOUR_EYES, why)
    return None


def _doubtful(question: AuthorityQuestion, trust: Trust) -> Authority | None:
    if trust.production and not trust.signed:
        why = "in production a decision counts only from starter.py or the gateway, signed"
        return _refused(Refusal.UNVERIFIED, why)
    level = question.gate.level(question.level)
    if (question.gate.verified or level.verified) and not trust.verified:
        why = f"{question.gate.name} needs a channel that knows who {question.decision.by} is"
        return _refused(Refusal.UNVERIFIED, why)
    return None


def _ticket_changed(question: AuthorityQuestion, known: Known) -> bool:
    then, now = question.ticket_hash, known.ticket_hash
    return then is not None and now is not None and then != now


def _refused(refusal: Refusal, why: str) -> Authority:
    return Authority(refusal=refusal, reason=why)
