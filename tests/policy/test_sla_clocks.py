"""Clocks that are started, held and asked in any order reach what they should, once, on time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaKind, SlaPause, SlaSeverity
from contracts.sla_clocks import SlaAnswer, SlaClock, SlaReached, SlaState
from policy.sla import reckoned
from policy.sla_clocks import ClockBoard, details, due, nearest, question_of, settle, unsettled

MINUTE = timedelta(minutes=1)
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
TERMS = SlaDefinition(
    id=uuid4(),
    name="solved *soon*",
    clock=SlaKind.RESOLUTION,
    target=100 * MINUTE,
    warning=75 * MINUTE,
    critical=90 * MINUTE,
    pause_on=(SlaPause.ANSWER,),
)
THRESHOLDS = list(zip(SlaSeverity, (TERMS.warning, TERMS.critical, TERMS.target), strict=True))
STEPS = st.lists(
    st.one_of(st.integers(0, 60), st.sampled_from(["hold", "go on", "ask", "hear"])), max_size=40
)


class Run:
    """A run whose questions are answered late, or when they are stale, or never."""

    def __init__(self, *more: SlaDefinition) -> None:
        self.now = BEGAN
        self.state = SlaState()
        self.board = ClockBoard(self.state, lambda: self.now)
        self.board.start([*more, TERMS])
        self.asked: tuple[list[tuple[SlaClock, SlaAnswer]], datetime] | None = None
        self.reached: list[SlaReached] = []
        self.running: list[tuple[datetime, bool]] = [(BEGAN, True)]

    def step(self, what: int | str) -> None:
        match what:
            case "hold" if not self.state.awaiting:
                self.board.person_awaited(SlaPause.ANSWER)
                self.running.append((self.now, False))
            case "go on" if self.state.awaiting:
                self.board.person_answered(SlaPause.ANSWER)
                self.running.append((self.now, True))
            case "ask":
                self.ask()
            case "hear" if self.asked:
                self.hear()
            case int(minutes):
                self.now += minutes * MINUTE

    def ask(self) -> None:
        clocks = unsettled(self.state, self.now)
        answers = [(one, reckoned(question_of(one, self.now))) for one in clocks]
        self.asked = answers, self.now

    def hear(self) -> None:
        assert self.asked is not None
        self.reached += settle(self.state, *self.asked)
        self.asked = None

    def end(self) -> None:
        """As a workflow does it: asks until nothing is left."""
        self.board.end()
        self.running.append((self.now, False))
        for _ in range(2):
            self.ask()
            self.hear()

    def truth(self) -> list[tuple[SlaSeverity, datetime]]:
        """Counted by hand."""
        spent, found = timedelta(), {}
        for (start, runs), (end, _) in pairwise([*self.running, (self.now, False)]):
            for severity, threshold in THRESHOLDS if runs else ():
                left = threshold - spent
                if severity not in found and left <= end - start:
                    found[severity] = start + left
            spent += end - start if runs else timedelta()
        return list(found.items())


@given(STEPS)
def test_each_threshold_is_told_once_at_its_true_time(steps: list[int | str]) -> None:
    run = Run()
    for step in steps:
        run.step(step)
    run.end()
    assert [(one.severity, one.at) for one in run.reached] == run.truth()
    assert run.state.clocks == []


@given(STEPS)
def test_the_next_instant_is_the_one_that_comes_if_nothing_is_changed(
    steps: list[int | str],
) -> None:
    run = Run()
    for step in steps:
        run.step(step)
    run.ask()
    run.hear()
    instant, deadline = nearest(run.state), due(run.state)
    known = len(run.truth())
    assert [(one.severity, one.at) for one in run.reached] == run.truth()
    assert (deadline is None) == (run.state.awaiting != [] or known == 3)
    assert (instant is None) == (deadline is None)
    if instant is not None and deadline is not None:
        run.now = instant
        assert run.truth()[-1][1] == instant
        run.now = deadline.at
        assert run.truth()[-1] == (SlaSeverity.BREACH, deadline.at)


def test_the_web_ui_is_told_of_the_nearest_deadline_and_of_what_is_broken() -> None:
    run = Run()
    run.ask()
    run.hear()
    assert details(run.state) == [r"service level **solved \*soon\*** until 2026-03-02 10:40 UTC"]
    run.step(200)
    run.ask()
    run.hear()
    assert details(run.state) == [r"broken: **solved \*soon\*** since 2026-03-02 10:40 UTC"]


def test_of_several_clocks_that_run_the_nearest_counts() -> None:
    times = {"warning": 200 * MINUTE, "critical": 250 * MINUTE, "target": 300 * MINUTE}
    later = TERMS.model_copy(update={"id": uuid4(), "name": "later", "pause_on": (), **times})
    run = Run(later)
    run.ask()
    run.hear()
    for name, warning, breach in ((TERMS.name, 75, 100), ("later", 200, 300)):
        coming = due(run.state)
        assert coming is not None
        assert (coming.name, coming.at) == (name, BEGAN + breach * MINUTE)
        assert nearest(run.state) == BEGAN + warning * MINUTE
        run.step("hold")


def test_waiting_that_ends_twice_is_waited_for_once() -> None:
    run = Run()
    run.board.person_awaited(SlaPause.ANSWER, Phase.CODE)
    for _ in range(2):
        run.board.person_answered(SlaPause.ANSWER, Phase.CODE)
    assert run.state.awaiting == []
    assert run.state.clocks[0].since == BEGAN
