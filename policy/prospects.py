"""Whether what waits for people can still be settled: by the very rules that they are heard by."""

from collections.abc import Iterable, Iterator, Sequence

from contracts.approvals import AuthorityQuestion, Decision, DecisionKind, Vote
from contracts.identity import Role
from contracts.issues import project_of
from contracts.levels import Approver, Level
from contracts.playbooks import Gate
from contracts.prospects import Ask, Barred, Prospects
from policy.approval_levels import is_reached, still_missing
from policy.approvals import Known, Member, Trust, authority_of

VOUCHED = Trust(signed=True, verified=True)
# Whoever may decide is asked as if by this; nothing is decided.
TRIAL = DecisionKind.APPROVE
# Who is made somebody who may need not become more than that.
LEAST = (Role.DEVELOPER, Role.MANAGER)


def prospects_of(question: AuthorityQuestion, candidates: Sequence[Known]) -> Prospects:
    """Of the open level. `candidates` are members, active or not; what `question` says of a
    decision is not looked at. By a channel that vouches for them: others bar nobody for good."""
    may, barred = [], []
    for one in candidates:
        assert one.member is not None
        if (why := _why_not(question, one)) is None:
            may.append(one)
        else:
            barred.append(Barred(email=one.member.email, why=why))
    short = _short(question, may)
    return Prospects(
        may=tuple(one.member.email for one in may if one.member is not None),
        barred=tuple(barred),
        short=short,
        advice=_advice(question) if short else "",
    )


def prospects_among(ask: Ask, members: Sequence[Member]) -> Prospects:
    """Of what the word of any one of them settles. `members` are those who are asked, active or
    not."""
    may = tuple(one.email for one in members if one.active)
    barred = tuple(Barred(email=one.email, why=_left(one)) for one in members if not one.active)
    if may:
        return Prospects(to=ask.to, may=may, barred=barred)
    return Prospects(to=ask.to, barred=barred, short=1, advice=_advice_on(ask, members))


def _left(member: Member) -> str:
    return f"{member.email} is not active any more"


def _why_not(question: AuthorityQuestion, known: Known) -> str | None:
    assert known.member is not None
    if not known.member.active:
        return _left(known.member)
    authority = authority_of(*_tried(question, known))
    return authority.reason if authority.refusal is not None else None


def _tried(question: AuthorityQuestion, known: Known) -> tuple[AuthorityQuestion, Known]:
    assert known.member is not None
    trial = Decision(decision=TRIAL, by=known.member.email)
    vouched = Known(known.member, known.principals, known.requesters, known.authors, trust=VOUCHED)
    return question.model_copy(update={"decision": trial, "objection": None}), vouched


def _short(question: AuthorityQuestion, may: Sequence[Known]) -> int:
    """How many voices are missing once all of these have decided. Of a sequence only the next one
    is looked at: who comes later is awaited later."""
    level = question.gate.level(question.level)
    if level.order == "sequential":
        return 0 if may else 1
    votes = list(question.votes)
    while not is_reached(level, here := [one for one in votes if one.level == question.level]):
        heard = _next(question.model_copy(update={"votes": tuple(votes)}), may)
        if heard is None:
            return still_missing(level, here)
        votes.append(heard)
    return 0


def _next(question: AuthorityQuestion, may: Sequence[Known]) -> Vote | None:
    """One more voice of theirs: whoever has been heard is refused."""
    for one in may:
        authority = authority_of(*_tried(question, one))
        if authority.refusal is None and authority.approver_id is not None:
            return Vote(
                level=question.level,
                approver_id=authority.approver_id,
                on_behalf_of=authority.on_behalf_of,
                seats=authority.seats,
            )
    return None


def _advice(question: AuthorityQuestion) -> str:
    """What adds somebody who may, at this level. To delegate is no help: whoever is barred bars
    those who decide in their place."""
    gate, key = question.gate, question.issue_key
    level = gate.level(question.level)
    asked = level.asked(question.escalated)
    ways = _once(_ways(asked))
    return f"name somebody else: {ways}" if ways else _ask_others(gate, level, key)


def _advice_on(ask: Ask, members: Sequence[Member]) -> str:
    gone = {one.email.lower() for one in members}
    users = [one.user for one in ask.asked if one.user and one.user.lower() not in gone]
    added = (f"starter.py users add {user}" for user in users)
    if ways := _once((*_ways(ask.asked), *added)):
        return f"make somebody one who may: {ways}"
    return (
        "those who are asked are named one by one. Let the playbook name others, end this "
        f"(starter.py cancel {ask.issue_key}) and go on: starter.py work {ask.issue_key} --resume"
    )


def _once(ways: Iterable[str]) -> str:
    return ", or ".join(dict.fromkeys(ways))


def _ways(asked: Iterable[Approver]) -> Iterator[str]:
    roles = [one.role for one in asked if one.role is not None]
    for one in asked:
        team_role = f" --role {one.team_role}" if one.team_role else ""
        if one.team is not None or (one.team_role is not None and one.pool is None):
            yield f"starter.py teams members {one.team or 'TEAM'} EMAIL{team_role}"
    if roles:
        role = next((one for one in LEAST if one in roles), roles[0])
        known = f"a member: starter.py users role EMAIL {role}"
        yield f"starter.py users add EMAIL --role {role} ({known})"


def _ask_others(gate: Gate, level: Level, key: str) -> str:
    """The level names people, or the team of a ticket that no team has: nobody can be added."""
    project = project_of(key)
    return (
        f"level {level.name} asks nobody whom one could add to. Let it ask others (starter.py "
        f"project approvals {project} --gate {gate.name} --levels FILE, or the playbook), end this "
        f"(starter.py cancel {key}) and go on: starter.py work {key} --resume"
    )
