"""Which phase comes next."""

from dataclasses import dataclass

from contracts.agents import TestReport
from contracts.orchestrations import CheckpointState, OrchestrationStatus
from contracts.phases import Phase
from contracts.playbooks import Playbook
from contracts.text import clipped


@dataclass(frozen=True)
class Step:
    """A phase in its round; FIX and the TEST after it count rounds, so does a changed PLAN."""

    phase: Phase
    round: int = 1


@dataclass(frozen=True)
class TestsStayRed:
    """Nothing is left to try: no repair round (all of `rounds` were), or nobody who repairs."""

    __test__ = False  # Not a test, whatever pytest thinks of its name.

    reason: str
    rounds: int | None = None


def progress_of(status: str, phase: str) -> float:
    """From 0 to 1, as far as phases say it: TEST and FIX may take turns, and go back a little."""
    if status == OrchestrationStatus.COMPLETED:
        return 1.0
    return Phase(phase).place / len(Phase)


def phase_after(playbook: Playbook, done: CheckpointState) -> Phase | None:
    """Where a later attempt goes on from this checkpoint; its repair rounds begin anew."""
    phases = tuple(step.phase for step in playbook.phases)
    following = next_step(playbook, phases, Step(done.phase), done.last_tests)
    if isinstance(following, TestsStayRed):
        return Phase.TEST
    return following.phase if following else None


def next_step(
    playbook: Playbook, worked: tuple[Phase, ...], done: Step, tests: TestReport | None
) -> Step | TestsStayRed | None:
    """None when the work is done. `tests` is the newest report, of whichever round."""
    if done.phase is Phase.FIX:
        return Step(Phase.TEST, done.round + 1)
    if done.phase is Phase.TEST and tests is not None and not tests.green:
        return _after_red(playbook, worked, done, tests)
    # Those after a phase that was left out, too: it may be made up.
    ahead = (phase for phase in worked if phase.place > done.phase.place)
    later = (phase for phase in ahead if phase is not Phase.FIX)
    return next(map(Step, later), None)


def _after_red(
    playbook: Playbook, worked: tuple[Phase, ...], done: Step, tests: TestReport
) -> Step | TestsStayRed:
    if Phase.FIX not in worked:
        return TestsStayRed(f"tests are red ({said_of(tests)}) and no FIX phase is worked")
    if done.round > playbook.repair_rounds:
        rounds = playbook.repair_rounds
        reason = f"tests are still red after {rounds} repair rounds ({said_of(tests)})"
        return TestsStayRed(reason, rounds)
    return Step(Phase.FIX, done.round)


def said_of(tests: TestReport) -> str:
    """`12 passed, 1 failed: test_rounding`"""
    counts = f"{tests.passed} passed, {tests.failed} failed"
    if not tests.counted:
        counts = f"{tests.counts}, exit code {tests.exit_code}"
    if tests.skipped:
        counts += f", {tests.skipped} skipped"
    if tests.failures:
        counts += f": {clipped(', '.join(failed.name for failed in tests.failures[:3]), 200)}"
    elif tests.counted and not tests.green and not tests.failed:
        counts += f", exit code {tests.exit_code}"
    return counts
