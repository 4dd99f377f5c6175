"""Which team gets a ticket."""

import random
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import Role
from contracts.issues import IssueType, Ticket
from contracts.levels import Approver, Escalation, Level
from contracts.phases import Phase
from contracts.playbooks import Gate, Playbook, PlaybookPhase
from contracts.teams import Assignment, Takes, TeamOnHand
from policy.approvals import Member, seats_of
from policy.assignment import USUAL_HOURS, Wanted, assigned, pooled, with_team
from policy.assignment import given as given_to

SKILLS = ("billing", "login", "search", "bug", "python")
BILLING = Ticket(
    key="KEY-1",
    title="Totals are off in src/shop/money.py",
    type=IssueType.BUG,
    labels=("rounding",),
    area="billing",
    estimate=Decimal(10),
)
HOURS = st.none() | st.integers(0, 200).map(Decimal)
TEAMS = st.lists(
    st.builds(
        lambda name, skills, free: team(name, *skills, free=free),
        st.sampled_from(("blue", "green", "red", "white")),
        st.sets(st.sampled_from(SKILLS)),
        HOURS,
    ),
    max_size=4,
    unique_by=lambda one: one.name,
)
WANTED = st.builds(
    Wanted,
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 4), min_size=1),
    hours=st.integers(1, 40).map(Decimal),
)


def team(name: str, *skills: str, free: int | Decimal | None = 40, **rest: object) -> TeamOnHand:
    return TeamOnHand.model_validate(
        {"id": uuid5(UUID(int=1), name), "name": name, "skills": skills, "free": free, **rest}
    )


def chosen(*teams: TeamOnHand, ticket: Ticket = BILLING, earlier: str | None = None) -> str | None:
    found = given_to(ticket, teams, earlier)
    return found.team if found else None


def test_the_team_that_knows_the_area_goes_before_one_that_knows_the_label() -> None:
    assert chosen(team("blue", "rounding"), team("red", "Billing")) == "red"


def test_folders_that_the_ticket_names_ask_for_skills_too() -> None:
    assert chosen(team("blue", "bug"), team("red", "shop")) == "red"


def test_half_the_free_hours_change_the_choice() -> None:
    red = team("red", "billing", free=30)
    assert chosen(team("blue", "billing", free=40), red) == "blue"
    assert chosen(team("blue", "billing", free=20), red) == "red"


def test_much_time_does_not_make_up_for_little_skill() -> None:
    assert chosen(team("blue", "bug", free=1_000), team("red", "billing", "rounding", free=11)) == (
        "red"
    )


def test_who_has_not_the_hours_comes_behind_everybody_who_has() -> None:
    busy = team("red", "billing", "rounding", "bug", free=9)
    assert chosen(busy, team("blue", "bug", free=10)) == "blue"
    assert chosen(busy, team("blue", "bug", free=None)) == "blue"
    assert chosen(busy, team("blue", "login", free=99)) == "red"


def test_the_reason_says_skills_time_and_who_else_could() -> None:
    found = given_to(BILLING, [team("red", "billing", "bug", sprint="s1"), team("blue", "bug")])
    assert found == Assignment(
        team_id=uuid5(UUID(int=1), "red"),
        team="red",
        sprint="s1",
        hours=Decimal(10),
        reason="it knows billing, bug, rather than blue; 40 h free, 10 h needed",
    )


def test_what_nobody_has_estimated_takes_a_day() -> None:
    ticket = BILLING.model_copy(update={"estimate": None})
    found = given_to(ticket, [team("red", "billing")])
    assert found is not None
    assert found.hours == USUAL_HOURS


def test_without_the_skill_nobody_is_chosen_and_it_is_said_why() -> None:
    found = given_to(BILLING, [team("red", "login")])
    assert found is not None
    assert (found.team, found.reason) == (
        None,
        "none of the teams has any of the skills billing, rounding, shop, bug",
    )
    assert given_to(BILLING, []) is None


def test_a_single_skill_that_nobody_has_is_named() -> None:
    plain = BILLING.model_copy(update={"labels": (), "area": "", "title": "", "description": ""})
    found = given_to(plain, [team("red", "login")])
    assert found is not None
    assert found.reason == "none of the teams has the skill bug"


def test_a_team_is_not_given_what_it_does_not_take() -> None:
    red = team("red", "billing", takes=Takes(issue_types=(IssueType.FEATURE,)))
    assert chosen(red, team("blue", "bug")) == "blue"
    elsewhere = team("red", "billing", takes=Takes(projects=("SHOP",)))
    found = given_to(BILLING, [elsewhere])
    assert found is not None
    assert (found.team, found.reason) == (
        None,
        "none of the teams takes BUG tickets of project KEY",
    )


def test_a_resumed_attempt_stays_with_its_team() -> None:
    teams = team("red", "billing"), team("blue", "bug", free=1)
    assert chosen(*teams, earlier="blue") == "blue"
    assert chosen(*teams, earlier="gone") == "red"


@given(WANTED, TEAMS, st.randoms(use_true_random=False))
def test_the_choice_does_not_hang_on_the_order_of_the_teams(
    wanted: Wanted, teams: list[TeamOnHand], chance: random.Random
) -> None:
    assert assigned(wanted, teams) == assigned(wanted, chance.sample(teams, len(teams)))


@given(WANTED, TEAMS)
def test_who_is_chosen_knows_something_that_is_wanted(
    wanted: Wanted, teams: list[TeamOnHand]
) -> None:
    found = assigned(wanted, teams)
    able = {one.name for one in teams if set(one.skills) & wanted.skills.keys()}
    assert (found.team in able) if able else found.team is None


@given(WANTED, TEAMS, st.integers(0, 200))
def test_more_time_never_costs_a_team_the_work(
    wanted: Wanted, teams: list[TeamOnHand], more: int
) -> None:
    found = assigned(wanted, teams)
    grown = [
        one.model_copy(update={"free": one.free + more})
        if one.name == found.team and one.free is not None
        else one
        for one in teams
    ]
    assert assigned(wanted, grown).team == found.team


def test_the_pool_of_approvers_is_the_chosen_team() -> None:
    pool, named = Approver(pool="team"), Approver(user="ann@x.test")
    level = Level(
        name="review",
        approvers=(Approver(pool="team", team_role="lead"), named),
        on_timeout="escalate",
        escalation=(Escalation(approvers=(pool,), patience="P1D"),),
    )
    gate = Gate(name="diff", levels=(level,))
    phases = (PlaybookPhase(phase=Phase.PLAN), PlaybookPhase(phase=Phase.CODE, gate=gate))
    playbook = Playbook(name="p", phases=phases)
    assert pooled(playbook.phases) == "diff"
    settled = with_team(playbook, "red")
    assert Playbook.model_validate(settled.model_dump(mode="json")) == settled
    found = settled.phases[1].gate
    assert found is not None
    assert found.levels[0].words() == "lead of red or ann@x.test"
    assert found.levels[0].words(1) == "lead of red or ann@x.test or anyone of red"
    assert with_team(settled, "blue") == with_team(playbook, "blue")


def test_anyone_of_the_pools_team_may_decide_and_nobody_of_another() -> None:
    level = Level(name="review", approvers=(Approver(pool="team", team="red"),))
    ann, bob = member(("red", "clerk")), member(("blue", "lead"))
    assert seats_of(level, 0, ann) == (0,)
    assert seats_of(level, 0, bob) == seats_of(level, 0, member()) == ()


@pytest.mark.parametrize("role", [None, "lead"])
def test_while_no_team_is_chosen_a_pool_is_nobody(role: str | None) -> None:
    level = Level(name="review", approvers=(Approver(pool="team", team_role=role),))
    assert seats_of(level, 0, member(("red", "lead"))) == ()
    assert level.words() == f"{role or 'anyone'} of the team that works on it"


def member(*teams: tuple[str, str]) -> Member:
    return Member(UUID(int=2), Role.VIEWER, True, "ann@x.test", teams)


def test_a_playbook_without_a_pool_asks_for_no_team() -> None:
    gate = Gate(name="diff", levels=(Level(name="a", approvers=(Approver(team="red"),)),))
    playbook = Playbook(name="p", phases=(PlaybookPhase(phase=Phase.CODE, gate=gate),))
    assert pooled(playbook.phases) is None
    assert with_team(playbook, "blue") == playbook
