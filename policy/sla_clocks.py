"""The clocks of one orchestration: which run when, and what they have reached."""

from collections.abc import Callable, Iterable
from datetime import datetime

from contracts.phases import Phase
from contracts.sla import SlaDefinition, SlaKind, SlaPause, SlaSeverity
from contracts.sla_clocks import (
    SlaAnswer,
    SlaClock,
    SlaDue,
    SlaQuestion,
    SlaReached,
    SlaState,
    SlaTold,
    Span,
)
from policy.markdown import escaped
from policy.moments import in_utc

OF_THE_WHOLE = (SlaKind.FIRST_RESPONSE, SlaKind.RESOLUTION)


class ClockBoard:
    """Starts, holds and stops clocks as the work goes on. Says nothing of business time: what
    lies between start and stop is reckoned elsewhere."""

    def __init__(self, state: SlaState, now: Callable[[], datetime]) -> None:
        self.state, self._now = state, now

    def start(self, definitions: Iterable[SlaDefinition]) -> None:
        """At the opening, with the definitions that hold for the ticket."""
        self.state.definitions = tuple(definitions)
        for one in self.state.definitions:
            if one.clock in OF_THE_WHOLE:
                self.state.clocks.append(SlaClock(definition=one))
        self._follow()

    def phase_began(self, phase: Phase) -> None:
        """In a later round the phase's clock goes on from where it stopped."""
        there = [clock.definition for clock in self.state.clocks if clock.phase is phase]
        for one in self._timing(SlaKind.PHASE, phase):
            if one not in there:
                self.state.clocks.append(SlaClock(definition=one, phase=phase))
        self._change(SlaKind.PHASE, phase, begun=True)
        self._follow()

    def phase_ended(self, phase: Phase) -> None:
        self._change(SlaKind.PHASE, phase, begun=False)
        self._change(SlaKind.FIRST_RESPONSE, None, begun=False, over=True)
        self._follow()

    def person_awaited(self, pause: SlaPause, phase: Phase | None = None) -> None:
        """As often as somebody is; each time is ended by one `person_answered`."""
        self.state.awaiting.append(pause)
        if pause is not SlaPause.REST:
            self._change(SlaKind.FIRST_RESPONSE, None, begun=False, over=True)
        if pause is SlaPause.APPROVAL and phase is not None:
            for one in self._timing(SlaKind.APPROVAL, phase):
                self.state.clocks.append(SlaClock(definition=one, phase=phase))
        self._follow()

    def person_answered(self, pause: SlaPause, phase: Phase | None = None) -> None:
        """Also when nobody did, and the waiting ended otherwise."""
        if pause in self.state.awaiting:
            self.state.awaiting.remove(pause)
        if pause is SlaPause.APPROVAL:
            self._change(SlaKind.APPROVAL, phase, begun=False, over=True)
        self._follow()

    def end(self) -> None:
        """Stops all of them for good."""
        over = {"begun": False, "over": True}
        self.state.clocks = [clock.model_copy(update=over) for clock in self.state.clocks]
        self.state.awaiting = []
        self._follow()

    def _timing(self, kind: SlaKind, phase: Phase) -> list[SlaDefinition]:
        return [
            one
            for one in self.state.definitions
            if one.clock is kind and phase in (one.phases or Phase)
        ]

    def _change(self, kind: SlaKind, phase: Phase | None, **change: bool) -> None:
        self.state.clocks = [
            clock.model_copy(update=change)
            if (clock.definition.clock, clock.phase) == (kind, phase) and not clock.over
            else clock
            for clock in self.state.clocks
        ]

    def _follow(self) -> None:
        now = self._now()
        moved = [_followed(clock, self.state, now) for clock in self.state.clocks]
        self.state.clocks = [one for one in moved if not _done_with(one, self.state, now)]


def _followed(clock: SlaClock, state: SlaState, now: datetime) -> SlaClock:
    held = set(clock.definition.pause_on) & set(state.awaiting)
    runs = clock.begun and not held
    if runs and clock.since is None:
        return clock.model_copy(update={"since": now, "instants": None})
    if not runs and clock.since is not None:
        span = Span(start=clock.since, end=now)
        ran = (span,) if span.start < span.end else ()
        return clock.model_copy(update={"since": None, "spans": (*clock.spans, *ran)})
    return clock


def _done_with(clock: SlaClock, state: SlaState, now: datetime) -> bool:
    return clock.over and not _unsettled(clock, state, now)


def unsettled(state: SlaState, now: datetime) -> list[SlaClock]:
    """The clocks that were started and not reckoned since, or have reached something untold."""
    return [clock for clock in state.clocks if _unsettled(clock, state, now)]


def _unsettled(clock: SlaClock, state: SlaState, now: datetime) -> bool:
    until = now if clock.since is not None else clock.stopped_at
    if until is None or clock.instants is None:
        return until is not None
    return any(at <= until for at in _ahead(clock, state, tuple(SlaSeverity)))


def _ahead(clock: SlaClock, state: SlaState, severities: tuple[SlaSeverity, ...]) -> list[datetime]:
    """The instants of what is not told yet."""
    told = {one.key for one in state.told}
    wanted = [one for one in severities if clock.key(one) not in told]
    instants = clock.instants
    return [at for one in wanted if instants and (at := instants.of(one)) is not None]


def question_of(clock: SlaClock, now: datetime) -> SlaQuestion:
    terms = clock.definition
    return SlaQuestion(
        calendar=terms.calendar,
        thresholds=(terms.warning, terms.critical, terms.target),
        spent=clock.spent,
        spans=clock.spans,
        since=clock.since,
        now=now,
    )


def settle(
    state: SlaState, asked: Iterable[tuple[SlaClock, SlaAnswer]], now: datetime
) -> list[SlaReached]:
    """Takes the answers to what was asked at `now`; says what has been reached since, in the
    order of time. A clock that was started or stopped meanwhile has to be asked again."""
    reached: list[SlaReached] = []
    for clock, answer in asked:
        if clock not in state.clocks:
            continue
        found = _reached(clock, answer, state, now)
        reached += found
        state.told += [_told(one) for one in found]
        counted = {"spent": answer.spent, "spans": (), "instants": answer.instants}
        place = state.clocks.index(clock)
        state.clocks[place] = clock.model_copy(update=counted)
    state.clocks = [one for one in state.clocks if not _done_with(one, state, now)]
    return sorted(reached, key=lambda one: one.at)


def _reached(
    clock: SlaClock, answer: SlaAnswer, state: SlaState, now: datetime
) -> list[SlaReached]:
    told = {one.key for one in state.told}
    return [
        SlaReached(clock=clock, severity=severity, at=at, actual=answer.actual)
        for severity in SlaSeverity
        if (at := answer.instants.of(severity)) is not None
        and at <= now
        and clock.key(severity) not in told
    ]


def _told(reached: SlaReached) -> SlaTold:
    clock = reached.clock
    return SlaTold(
        sla_id=clock.definition.id,
        name=clock.definition.name,
        phase=clock.phase,
        severity=reached.severity,
        at=reached.at,
    )


def nearest(state: SlaState) -> datetime | None:
    """When the next thing is to be told, if all goes on as it does."""
    running = [clock for clock in state.clocks if clock.since is not None]
    ahead = [at for clock in running for at in _ahead(clock, state, tuple(SlaSeverity))]
    return min(ahead, default=None)


def due(state: SlaState) -> SlaDue | None:
    """The nearest deadline of a running clock that is not broken yet."""
    found = [
        SlaDue(name=clock.definition.name, phase=clock.phase, at=at)
        for clock in state.clocks
        if clock.since is not None
        for at in _ahead(clock, state, (SlaSeverity.BREACH,))
    ]
    return min(found, key=lambda one: one.at, default=None)


def details(state: SlaState) -> list[str]:
    """Markdown for the Web UI: the nearest deadline, and what was broken."""
    lines = []
    nearest_one = due(state)
    if nearest_one is not None:
        what = escaped(_named(nearest_one.name, nearest_one.phase))
        lines.append(f"service level **{what}** until {in_utc(nearest_one.at)}")
    for told in state.told:
        if told.severity is SlaSeverity.BREACH:
            seen = ", acknowledged" if told.acknowledged else ""
            what = escaped(_named(told.name, told.phase))
            lines.append(f"broken: **{what}** since {in_utc(told.at)}{seen}")
    return lines


def _named(name: str, phase: Phase | None) -> str:
    return f"{name} ({phase})" if phase else name
