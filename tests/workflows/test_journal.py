"""The journal: numbers, chains, and forgets only what was surely written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.events import GuidanceGiven
from contracts.identity import person
from contracts.ledger import GENESIS, Batch, ChainedEvent, JournalState
from contracts.phases import Phase
from policy.ledger import event_id, hash_of, payload_of
from workflows.journal import MAX_BYTES, Journal

WORKFLOW = "jira-work:default:KEY-1"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ORGANIZATION, ORCHESTRATION = UUID(int=1), UUID(int=2)


def journal(state: JournalState | None = None) -> Journal:
    return Journal(WORKFLOW, lambda: NOW, state or JournalState())


def opened() -> Journal:
    opened = journal()
    opened.open(ORGANIZATION, ORCHESTRATION)
    return opened


def said(text: str) -> GuidanceGiven:
    return GuidanceGiven(text=text)


def batch_of(journal: Journal) -> Batch:
    batch = journal.batch()
    assert batch is not None
    return batch


def numbers(batch: Batch | None) -> list[int]:
    return [event.sequence for event in batch.events] if batch else []


def holds(chain: list[ChainedEvent]) -> bool:
    """Whether each event has the hash of its content and follows the one before it."""
    heads = [GENESIS, *(event.hash for event in chain)]
    return all(
        event.previous_hash == head and event.hash == hash_of(event, payload_of(event))
        for event, head in zip(chain, heads, strict=False)
    )


def test_events_are_numbered_from_one_and_chained() -> None:
    told = opened()
    for text in ("a", "b", "c"):
        told.record(said(text))
    events = list(batch_of(told).events)
    assert [event.sequence for event in events] == [1, 2, 3]
    assert holds(events)
    assert [event.event_id for event in events] == [event_id(WORKFLOW, n) for n in (1, 2, 3)]


def test_an_event_carries_who_when_and_where() -> None:
    told = opened()
    told.record(said("a"), phase=Phase.PLAN, agent="planner", actor=person("ann@example.org"))
    event = batch_of(told).events[0]
    assert (event.phase, event.agent_name, event.actor.email) == (
        Phase.PLAN,
        "planner",
        "ann@example.org",
    )
    assert event.timestamp == NOW


def test_nothing_rides_before_the_work_is_open() -> None:
    told = journal()
    told.record(said("early"))
    assert told.batch() is None
    told.open(ORGANIZATION, ORCHESTRATION)
    assert numbers(told.batch()) == [1]


def test_nothing_rides_when_nothing_was_said() -> None:
    assert opened().batch() is None


def test_what_is_not_confirmed_rides_again() -> None:
    told = opened()
    told.record(said("a"))
    first = batch_of(told)
    told.record(said("b"))
    assert numbers(told.batch()) == [1, 2]
    told.confirm(first)
    assert numbers(told.batch()) == [2]


def test_a_late_confirmation_takes_nothing_back() -> None:
    told = opened()
    told.record(said("a"))
    early = batch_of(told)
    told.record(said("b"))
    told.confirm(batch_of(told))
    told.confirm(early)
    assert told.batch() is None
    assert not told.pending


@pytest.mark.parametrize("letter", ["x", "語"])
def test_a_long_journal_rides_in_parts(letter: str) -> None:
    told, count = opened(), 2 * MAX_BYTES // 10_000
    for _ in range(count):
        told.record(said(letter * 10_000))
    parts = []
    while (batch := told.batch()) is not None:
        assert len(batch.model_dump_json().encode()) < 1.1 * MAX_BYTES
        parts.append(numbers(batch))
        told.confirm(batch)
    assert len(parts) > 1
    assert [number for part in parts for number in part] == list(range(1, count + 1))


def test_a_continued_run_goes_on_with_the_same_chain() -> None:
    told = opened()
    told.record(said("a"))
    told.confirm(batch_of(told))
    told.record(said("b"))
    stored = told.state().model_dump_json()
    carried = journal(JournalState.model_validate_json(stored))
    carried.record(said("c"))
    told.record(said("c"))
    assert carried.state() == told.state()
    assert numbers(carried.batch()) == [2, 3]


def test_the_same_facts_have_the_same_hashes() -> None:
    one, other = opened(), opened()
    for told in (one, other):
        told.record(said("a"))
    assert one.state() == other.state()


@given(st.text(max_size=50), st.text(max_size=50))
def test_another_text_has_another_hash(one: str, other: str) -> None:
    first, second = opened(), opened()
    first.record(said(one))
    second.record(said(other))
    same = batch_of(first).events[0].event == batch_of(second).events[0].event
    assert (first.state().head == second.state().head) is same


class JournalAndLedger(RuleBasedStateMachine):
    """Whatever the order of facts, deliveries, confirmations and continuations, the ledger gets
    every fact once, in order, on one chain."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = opened()
        self.recorded: list[str] = []
        self.ledger: dict[int, ChainedEvent] = {}
        self.on_its_way: list[Batch] = []

    @rule(text=st.text(max_size=5))
    def record(self, text: str) -> None:
        event = said(text)
        self.recorded.append(event.text)
        self.journal.record(event)

    @precondition(lambda self: self.journal.pending)
    @rule()
    def schedule_an_activity(self) -> None:
        self.on_its_way.append(batch_of(self.journal))

    @precondition(lambda self: self.on_its_way)
    @rule(data=st.data(), fails=st.booleans())
    def run_an_activity(self, data: st.DataObject, fails: bool) -> None:
        batch = self.on_its_way.pop(data.draw(st.integers(0, len(self.on_its_way) - 1)))
        for event in batch.events:
            assert self.ledger.setdefault(event.sequence, event) == event
        if not fails:
            self.journal.confirm(batch)

    @rule()
    def continue_as_new(self) -> None:
        stored = self.journal.state().model_dump_json()
        self.journal = journal(JournalState.model_validate_json(stored))

    @invariant()
    def nothing_is_lost(self) -> None:
        pending = {event.sequence for event in self.journal.state().pending}
        assert pending | set(self.ledger) == set(range(1, len(self.recorded) + 1))

    def teardown(self) -> None:
        while self.journal.pending:
            self.schedule_an_activity()
            batch = self.on_its_way.pop()
            self.ledger.update({event.sequence: event for event in batch.events})
            self.journal.confirm(batch)
        chain = [self.ledger[number] for number in sorted(self.ledger)]
        assert holds(chain)
        told = [event.event for event in chain]
        assert told == [said(text) for text in self.recorded]


TestJournalAndLedger = JournalAndLedger.TestCase
