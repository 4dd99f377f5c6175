"""Which team gets a ticket: the one whose skills fit best and that has time for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from contracts.issues import Ticket
from contracts.levels import Approver, Level
from contracts.patterns import Signature
from contracts.playbooks import Gate, Playbook, PlaybookPhase
from contracts.teams import Assignment, TeamOnHand
from policy.patterns import expected_signature

# Work that nobody has estimated takes a day.
USUAL_HOURS = Decimal(8)
AREA, FOLDER, LABEL, TYPE = 4, 2, 2, 1
MOST_NAMED = 5


@dataclass(frozen=True)
class Wanted:
    """What a ticket asks of a team: skills with their weights, and hours."""

    skills: Mapping[str, int]
    hours: Decimal = USUAL_HOURS


def wanted_of(ticket: Ticket, signature: Signature) -> Wanted:
    """`signature` as it is expected. A folder asks for the skill of its last name."""
    weighed = [(str(signature.type).lower(), TYPE)]
    weighed += [(label, LABEL) for label in signature.labels]
    weighed += [(folder.rpartition("/")[2].lower(), FOLDER) for folder in signature.paths]
    weighed += [(component, AREA) for component in signature.components]
    skills: dict[str, int] = {}
    for skill, weight in weighed:
        skills[skill] = max(weight, skills.get(skill, 0))
    return Wanted(skills=skills, hours=ticket.estimate or USUAL_HOURS)


def given(
    ticket: Ticket, teams: Sequence[TeamOnHand], earlier: str | None = None
) -> Assignment | None:
    """The team for a ticket; None where there is no team at all. An attempt that goes on stays
    with its `earlier` team, while that is there."""
    if not teams:
        return None
    wanted = wanted_of(ticket, expected_signature(ticket))
    for team in teams:
        if team.name == earlier:
            return _assignment(wanted, team, "as the attempt that is resumed")
    taking = [team for team in teams if takes(team, ticket)]
    if not taking:
        kind = f"{ticket.type} tickets of project {ticket.project_key}"
        return Assignment(hours=wanted.hours, reason=f"none of the teams takes {kind}")
    return assigned(wanted, taking)


def takes(team: TeamOnHand, ticket: Ticket) -> bool:
    """Whether the team takes such a ticket at all."""
    types, projects = team.takes.issue_types, team.takes.projects
    return (not types or ticket.type in types) and (not projects or ticket.project_key in projects)


def assigned(wanted: Wanted, teams: Sequence[TeamOnHand]) -> Assignment:
    """Teams that have the hours free go before those of which nobody knows, and these before
    those that have not; then fitness decides."""
    able = [team for team in teams if fit(wanted, team)]
    if not able:
        return Assignment(hours=wanted.hours, reason=_nobody(wanted))
    # By name first: sorting keeps that order among equals.
    ranked = sorted(sorted(able, key=lambda team: team.name), key=lambda team: _rank(wanted, team))
    first, *others = ranked
    reason = f"it knows {_named(wanted, _known_by(first) & wanted.skills.keys())}"
    if others:
        reason += f", rather than {', '.join(team.name for team in others[:MOST_NAMED])}"
    return _assignment(wanted, first, reason)


def fit(wanted: Wanted, team: TeamOnHand) -> Fraction:
    """The share of the wanted skills that the team has, from 0 to 1."""
    has = _known_by(team)
    weight = sum(weight for skill, weight in wanted.skills.items() if skill in has)
    return Fraction(weight, sum(wanted.skills.values()) or 1)


def fitness(wanted: Wanted, team: TeamOnHand) -> Fraction:
    """Skill times room: with twice the wanted hours free, room is 2/3; with ten times, 10/11. So
    time decides between teams that can do it about equally well, and only between those."""
    free = Fraction(max(team.free or Decimal(0), Decimal(0)))
    hours = Fraction(wanted.hours)
    room = free / (free + hours) if free + hours else Fraction(1)
    return fit(wanted, team) * (room if team.free is not None else 1)


def with_team(playbook: Playbook, team: str | None) -> Playbook:
    """Where approvers are a `pool`, the team that was chosen. Who is in it is looked up when
    they decide. Without a team the pool stays open: see `pooled`."""
    if team is None:
        return playbook
    phases = tuple(
        step.model_copy(update={"gate": _gate_with(step.gate, team)}) if step.gate else step
        for step in playbook.phases
    )
    return playbook.model_copy(update={"phases": phases})


def pooled(phases: Iterable[PlaybookPhase]) -> str | None:
    """A gate of these that asks the chosen team, and has none to ask."""
    for step in phases:
        for level in step.gate.levels if step.gate else ():
            asked = level.asked(len(level.escalation))
            if any(one.pool and one.team is None for one in asked):
                return step.gate.name if step.gate else None
    return None


def _gate_with(gate: Gate, team: str) -> Gate:
    levels = tuple(_level_with(level, team) for level in gate.levels)
    return gate.model_copy(update={"levels": levels})


def _level_with(level: Level, team: str) -> Level:
    steps = tuple(
        step.model_copy(update={"approvers": _approvers_with(step.approvers, team)})
        for step in level.escalation
    )
    approvers = _approvers_with(level.approvers, team)
    return level.model_copy(update={"approvers": approvers, "escalation": steps})


def _approvers_with(approvers: tuple[Approver, ...], team: str) -> tuple[Approver, ...]:
    return tuple(one.model_copy(update={"team": team}) if one.pool else one for one in approvers)


def _rank(wanted: Wanted, team: TeamOnHand) -> tuple[int, Fraction]:
    if team.free is None:
        return 1, -fitness(wanted, team)
    return (0 if team.free >= wanted.hours else 2), -fitness(wanted, team)


def _assignment(wanted: Wanted, team: TeamOnHand, reason: str) -> Assignment:
    return Assignment(
        team_id=team.id,
        team=team.name,
        sprint=team.sprint,
        hours=wanted.hours,
        reason=f"{reason}; {_time(wanted, team)}"[:500],
    )


def _known_by(team: TeamOnHand) -> set[str]:
    return {skill.lower() for skill in team.skills}


def _time(wanted: Wanted, team: TeamOnHand) -> str:
    hours = f"{_plain(wanted.hours)} h"
    if team.free is None:
        return f"nobody has said how many hours it has, {hours} are needed"
    free = f"{_plain(team.free)} h free"
    if team.free < wanted.hours:
        return f"only {free}, {hours} needed"
    return f"{free}, {hours} needed"


def _nobody(wanted: Wanted) -> str:
    skills = _named(wanted, set(wanted.skills))
    known = f"the skill {skills}" if len(wanted.skills) == 1 else f"any of the skills {skills}"
    return f"none of the teams has {known}"[:500]


def _named(wanted: Wanted, skills: set[str]) -> str:
    """The weightiest first."""
    ranked = sorted(skills, key=lambda skill: (-wanted.skills[skill], skill))
    more = f" and {len(ranked) - MOST_NAMED} more" if len(ranked) > MOST_NAMED else ""
    return ", ".join(ranked[:MOST_NAMED]) + more


def _plain(hours: Decimal) -> str:
    return f"{hours:f}".rstrip("0").rstrip(".") if "." in f"{hours:f}" else f"{hours:f}"
