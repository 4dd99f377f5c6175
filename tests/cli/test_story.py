"""A row and its events, told as one story."""

from datetime import timedelta

import pytest

from cli.decisions import demand_gate
from cli.exits import ForbiddenByStateError, NotFoundError
from cli.obstacles import obstacles
from cli.story import story_of
from contracts.agents import TestReport
from contracts.events import (
    AgentSpawned,
    ApprovalExpired,
    ApprovalVoided,
    GuidanceGiven,
    OrchestrationPaused,
    OrchestrationResumed,
    PhaseFailed,
    PhaseSkipped,
    QuestionAnswered,
    QuestionAsked,
    TestRunCompleted,
)
from contracts.jira_work import Pause
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import (
    BuiltinAgent,
    CommandAgent,
    HumanAgent,
    Playbook,
    PlaybookPhase,
)
from tests.cli.facts import (
    BEGAN,
    ID,
    asked,
    began,
    chain,
    chained,
    done,
    failed,
    row,
    sent_back,
    spawned,
    started,
)


def test_an_open_gate_is_awaited_with_its_subject_and_since_when() -> None:
    story = story_of(row(), chain(started(), began(Phase.PLAN), asked()))
    assert story.awaited is not None
    assert story.awaited.what == "approval plan"
    assert story.awaited.whom == "admin or manager"
    assert story.awaited.since == BEGAN + timedelta(seconds=2)
    assert (story.awaited.subject_hash, story.awaited.approval_id) == ("beef", ID)


def test_a_decided_gate_is_awaited_no_more_and_its_comment_waits_for_the_next_agent() -> None:
    told = (started(), began(Phase.PLAN), asked(), sent_back())
    story = story_of(row(), chain(*told))
    assert story.awaited is None
    assert story.asked is None
    assert story.guidance_waiting == 1


@pytest.mark.parametrize(
    "end",
    [
        ApprovalExpired(approval_id=ID, gate="plan"),
        ApprovalVoided(approval_id=ID, gate="plan", reason="the work has ended"),
    ],
)
def test_a_gate_at_which_nobody_decided_is_awaited_no_more(
    end: ApprovalExpired | ApprovalVoided,
) -> None:
    story = story_of(row(), chain(started(), asked(), (Phase.PLAN, end)))
    assert (story.awaited, story.asked) == (None, None)


def test_the_change_counts_from_where_the_attempt_began() -> None:
    phase, event = started()
    assert story_of(row(), chain((phase, event))).base == "a" * 40
    later = event.model_copy(update={"start_commit": "b" * 40})
    assert story_of(row(), chain((phase, later))).base == "b" * 40


def test_a_phase_that_is_to_change_something_is_named_where_nobody_works_in_it() -> None:
    coder = CommandAgent(kind="command", name="coder", command=("code",))
    phase, event = started()
    assert story_of(row(), chain((phase, event))).unmanned == (Phase.CODE,)
    worked = Playbook(name="p", phases=(PlaybookPhase(phase=Phase.CODE, agents=(coder,)),))
    event = event.model_copy(update={"playbook": worked})
    assert story_of(row(), chain((phase, event))).unmanned == ()


def test_of_two_who_ask_the_same_only_the_one_who_was_answered_is_silent() -> None:
    same = "Which environment?"
    questions = [
        chained(number, (Phase.CODE, QuestionAsked(question=same))).model_copy(
            update={"agent_name": name}
        )
        for number, name in enumerate(("ann", "bob"), 2)
    ]
    answered = chained(4, (Phase.CODE, QuestionAnswered(question=same, answer="staging")))
    told = [*chain(started(), began(Phase.CODE)), *questions]
    story = story_of(row(), [*told, answered.model_copy(update={"agent_name": "ann"})])
    assert story.question is not None
    assert story.question.agent == "bob"


def test_guidance_counts_until_a_phase_with_agents_takes_it() -> None:
    guided = (None, GuidanceGiven(text="mind the gap"))
    told = [started(), guided, began(Phase.PLAN), done(Phase.PLAN)]
    assert story_of(row(), chain(*told)).guidance_waiting == 1
    by_rules = AgentSpawned(round=1, runner="builtin", step="x", base_commit="a" * 40)
    told += [began(Phase.PLAN, 2), (Phase.PLAN, by_rules), done(Phase.PLAN)]
    assert story_of(row(), chain(*told)).guidance_waiting == 1
    told += [began(Phase.CODE), guided, spawned(Phase.CODE)]
    assert story_of(row(), chain(*told)).guidance_waiting == 0
    told += [guided]
    assert story_of(row(), chain(*told)).guidance_waiting == 1
    told += [done(Phase.CODE), began(Phase.TEST), spawned(Phase.TEST)]
    assert story_of(row(), chain(*told)).guidance_waiting == 0


@pytest.mark.parametrize(
    ("agents", "unheeding"), [("builtin", Phase.PLAN), ("both", None), ("", None)]
)
def test_a_gate_knows_whether_anybody_in_its_phase_reads_words(
    agents: str, unheeding: Phase | None
) -> None:
    rules = BuiltinAgent(name="plan", use="plan")
    human = HumanAgent(kind="human", name="ann", ask="Plan it.")
    worked = {"builtin": (rules,), "both": (rules, human), "": ()}[agents]
    phase, event = started()
    playbook = Playbook(name="p", phases=(PlaybookPhase(phase=Phase.PLAN, agents=worked),))
    begun = phase, event.model_copy(update={"playbook": playbook})
    assert story_of(row(), chain(begun, began(Phase.PLAN), asked())).unheeding is unheeding
    for before in ((), (asked(), sent_back())):
        assert story_of(row(), chain(begun, began(Phase.PLAN), *before)).unheeding is None


def test_phases_left_out_from_the_start_stand_at_their_place() -> None:
    skipped = PhaseSkipped(round=1, reason="by option")
    told = (started(), (Phase.CODE, skipped), began(Phase.PLAN), asked())
    story = story_of(row(), chain(*told))
    assert [one.phase for one in story.phases] == [Phase.PLAN, Phase.CODE]
    assert story.phase is Phase.PLAN


def test_the_oldest_open_question_is_the_one_that_is_awaited() -> None:
    questions = [(Phase.CODE, QuestionAsked(question=text)) for text in ("first?", "second?")]
    answered = (Phase.CODE, QuestionAnswered(question="first?", answer="yes"))
    told = [started(), began(Phase.CODE), *questions]
    story = story_of(row(), chain(*told))
    assert story.question is not None
    assert story.question.text == "first?"
    assert story.awaited is not None
    assert story.awaited.what == "answer to an agent"
    assert story.awaited.since == BEGAN + timedelta(seconds=2)
    story = story_of(row(), chain(*told, answered))
    assert story.question is not None
    assert story.question.text == "second?"


def test_a_pause_is_awaited_until_somebody_resumes() -> None:
    paused = [started(), (None, OrchestrationPaused(reason="lunch"))]
    story = story_of(row(OrchestrationStatus.PAUSED), chain(*paused))
    assert story.awaited is not None
    assert story.awaited.what == "resume"
    assert story.pause == Pause(by="slipway", reason="lunch")
    assert list(obstacles(story, whole=False)) == ["paused (by slipway: lunch)"]
    assert story_of(row(), chain(*paused, (None, OrchestrationResumed()))).awaited is None


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (OrchestrationStatus.ACTIVE, ForbiddenByStateError),
        (OrchestrationStatus.COMPLETED, NotFoundError),
    ],
)
def test_where_no_gate_is_open_there_is_nothing_to_decide(
    status: OrchestrationStatus, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match=r"No gate .* is open"):
        demand_gate(story_of(row(status), chain(started())), None)


def test_phases_are_told_with_round_status_and_reason() -> None:
    took = timedelta(seconds=1)
    red = PhaseFailed(round=2, duration=took, error_type="AgentFailedError", reason="no plan")
    broken = PhaseFailed(round=3, duration=took, error_type="Cancelled", reason="by request")
    told = (
        *(started(), (Phase.EXPLORE, PhaseSkipped(round=1, reason="by option"))),
        *(began(Phase.PLAN), done(Phase.PLAN, "a plan"), began(Phase.PLAN, 2)),
        *((Phase.PLAN, red), began(Phase.PLAN, 3), (Phase.PLAN, broken)),
    )
    phases = story_of(row(), chain(*told)).phases
    assert [(told.phase, told.round, told.status, told.note) for told in phases] == [
        ("EXPLORE", 1, "SKIPPED", "by option"),
        ("PLAN", 1, "COMPLETED", "a plan"),
        ("PLAN", 2, "FAILED", "no plan"),
        ("PLAN", 3, "CANCELLED", "by request"),
    ]


def test_every_test_run_is_counted_and_says_whether_it_was_green() -> None:
    reports = (TestReport(passed=3, failed=1, exit_code=1), TestReport(passed=4, skipped=1))
    told = [
        (Phase.TEST, TestRunCompleted(round=number, report=report))
        for number, report in enumerate(reports, 1)
    ]
    tests = story_of(row(), chain(started(), *told)).tests
    assert [(count.passed, count.failed, count.green) for count in tests] == [
        (3, 1, False),
        (4, 0, True),
    ]


def test_an_ended_story_waits_for_nobody() -> None:
    story = story_of(row(OrchestrationStatus.FAILED), chain(started(), asked(), failed()))
    assert (story.awaited, story.asked, story.guidance_waiting) == (None, None, 0)
    assert story.cost == 0
