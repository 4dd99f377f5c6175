"""Which phase comes next: in order, around the repair loop, and after a restored checkpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import FailedTest, TestReport
from contracts.orchestrations import CheckpointState
from contracts.phases import Phase
from contracts.playbooks import Playbook, PlaybookPhase
from policy.phases import Step, TestsStayRed, next_step, phase_after, said_of

GREEN = TestReport(passed=3)
RED = TestReport(passed=2, failed=1, exit_code=1, failures=(FailedTest(name="test_rounding"),))
ALL = tuple(Phase)


def playbook(*phases: Phase, repair_rounds: int = 3) -> Playbook:
    steps = tuple(PlaybookPhase(phase=phase) for phase in phases or ALL)
    return Playbook(name="all", phases=steps, repair_rounds=repair_rounds)


def way(worked: tuple[Phase, ...], *reports: TestReport) -> list[Step | TestsStayRed]:
    """All steps from the first phase on, where TEST answers these reports one after the other."""
    book, left = playbook(*worked), list(reports)
    tests: TestReport | None = None
    walked: list[Step | TestsStayRed] = []
    step: Step | TestsStayRed | None = Step(worked[0])
    while step is not None:
        walked.append(step)
        if isinstance(step, TestsStayRed):
            break
        if step.phase is Phase.TEST:
            tests = left.pop(0) if len(left) > 1 else left[0]
        step = next_step(book, worked, step, tests)
    return walked


def test_green_tests_pass_by_fix() -> None:
    assert way(ALL, GREEN) == [Step(phase) for phase in ALL if phase is not Phase.FIX]


def test_red_tests_are_fixed_and_run_again_with_the_next_round() -> None:
    assert way(ALL, RED, RED, GREEN)[3:] == [
        Step(Phase.TEST, 1),
        Step(Phase.FIX, 1),
        Step(Phase.TEST, 2),
        Step(Phase.FIX, 2),
        Step(Phase.TEST, 3),
        Step(Phase.DOCUMENT),
    ]


def test_after_the_last_repair_round_red_is_the_end() -> None:
    walked = way(ALL, RED)
    assert walked[-2] == Step(Phase.TEST, 4)
    assert walked[-1] == TestsStayRed(
        "tests are still red after 3 repair rounds (2 passed, 1 failed: test_rounding)", rounds=3
    )


def test_without_fix_red_is_the_end_at_once() -> None:
    walked = way((Phase.CODE, Phase.TEST, Phase.DOCUMENT), RED)
    assert walked[-1] == TestsStayRed(
        "tests are red (2 passed, 1 failed: test_rounding) and no FIX phase is worked"
    )


def test_a_command_that_failed_without_a_failed_test_is_red() -> None:
    crashed = TestReport(passed=3, exit_code=2)
    assert way((Phase.TEST, Phase.FIX), crashed, GREEN)[1] == Step(Phase.FIX)


def test_old_red_tests_do_not_stop_a_phase_before_test() -> None:
    assert next_step(playbook(), ALL, Step(Phase.CODE), RED) == Step(Phase.TEST)


def test_a_test_phase_that_ran_nothing_is_no_obstacle() -> None:
    assert next_step(playbook(), ALL, Step(Phase.TEST), None) == Step(Phase.DOCUMENT)


@given(st.sets(st.sampled_from(ALL), min_size=1), st.lists(st.booleans(), max_size=6))
def test_every_way_ends_and_keeps_the_order(phases: set[Phase], greens: list[bool]) -> None:
    if Phase.FIX in phases and Phase.TEST not in phases:
        phases = phases - {Phase.FIX} or {Phase.CODE}
    worked = tuple(phase for phase in ALL if phase in phases)
    walked = way(worked, *([GREEN if green else RED for green in greens] or [GREEN]))
    assert len(walked) <= len(ALL) + 2 * 4
    line = [
        step.phase
        for step in walked
        if isinstance(step, Step) and step.phase is not Phase.FIX and step.round == 1
    ]
    assert line == sorted(line, key=ALL.index)


@pytest.mark.parametrize(
    ("done", "tests", "following"),
    [
        (Phase.EXPLORE, None, Phase.PLAN),
        (Phase.TEST, GREEN, Phase.DOCUMENT),
        (Phase.TEST, RED, Phase.FIX),
        (Phase.FIX, RED, Phase.TEST),
        (Phase.DOCUMENT, GREEN, None),
    ],
)
def test_a_later_attempt_goes_on_behind_the_checkpoint(
    done: Phase, tests: TestReport | None, following: Phase | None
) -> None:
    assert phase_after(playbook(), CheckpointState(phase=done, last_tests=tests)) is following


def test_repair_rounds_begin_anew_in_a_later_attempt() -> None:
    state = CheckpointState(phase=Phase.TEST, round=4, last_tests=RED)
    assert phase_after(playbook(), state) is Phase.FIX


def test_where_nobody_repairs_a_later_attempt_tests_again() -> None:
    state = CheckpointState(phase=Phase.TEST, last_tests=RED)
    assert phase_after(playbook(Phase.CODE, Phase.TEST), state) is Phase.TEST


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        (GREEN, "3 passed, 0 failed"),
        (RED, "2 passed, 1 failed: test_rounding"),
        (TestReport(passed=1, skipped=2), "1 passed, 0 failed, 2 skipped"),
        (TestReport(exit_code=4), "0 passed, 0 failed, exit code 4"),
        (TestReport(failed=2, exit_code=4), "0 passed, 2 failed"),
        (TestReport(counted=False, exit_code=4), "not counted, exit code 4"),
    ],
)
def test_a_report_is_said_in_a_line(tests: TestReport, said: str) -> None:
    assert said_of(tests) == said


def test_many_failures_are_named_in_part() -> None:
    failures = tuple(FailedTest(name="x" * 400) for _ in range(50))
    assert len(said_of(TestReport(failed=50, exit_code=1, failures=failures))) < 300
