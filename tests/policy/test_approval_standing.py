"""Whether an approval stands, and when its gate asks again."""

from uuid import uuid4

import pytest

from contracts.gates import Granted, Lapsed
from contracts.phases import Phase
from contracts.playbooks import PlaybookPhase
from policy.approval_standing import (
    binds_the_work,
    due,
    is_other_work,
    only_keeps_books,
    reads_otherwise,
)

DOCUMENT = {"kind": "builtin", "name": "document", "use": "document"}
REVIEW = {"kind": "builtin", "name": "review", "use": "review"}
WRITER = {"kind": "command", "name": "writer", "command": ["true"]}
HUMAN = {"kind": "human", "name": "hand", "ask": "Please."}


def lapsed(phase: Phase, *, late: bool = False) -> Lapsed:
    return Lapsed(gate=phase.lower(), phase=phase, why="changed", late=late)


def granted(**rest: str) -> Granted:
    return Granted(approval_id=uuid4(), gate="plan", phase=Phase.PLAN, **rest)


def test_only_what_comes_before_the_work_does_not_bind_it() -> None:
    free = [phase for phase in Phase if not binds_the_work(phase)]
    assert free == [Phase.EXPLORE, Phase.PLAN]


@pytest.mark.parametrize(
    ("coming", "asked"),
    [
        (Phase.EXPLORE, None),
        (Phase.CODE, None),
        (Phase.TEST, Phase.CODE),
        (Phase.DOCUMENT, Phase.CODE),
        (None, Phase.CODE),
    ],
)
def test_a_gate_asks_again_once_its_phase_lies_behind(
    coming: Phase | None, asked: Phase | None
) -> None:
    found = due([lapsed(Phase.FIX), lapsed(Phase.CODE)], coming)
    assert (found.phase if found else None) == asked


def test_what_is_late_waits_for_the_end() -> None:
    waiting = [lapsed(Phase.CODE, late=True)]
    assert [due(waiting, phase) for phase in Phase] == [None] * len(Phase)
    assert due(waiting, None) == waiting[0]


def test_an_approval_that_names_no_ticket_or_no_commit_outlasts_their_changes() -> None:
    assert not reads_otherwise(granted(), "2")
    assert not reads_otherwise(granted(ticket_hash="1"), None)
    assert reads_otherwise(granted(ticket_hash="1"), "2")
    assert not is_other_work(granted(), "b")
    assert is_other_work(granted(commit="a"), "b")


@pytest.mark.parametrize(
    ("agents", "only"),
    [
        ([], True),
        ([REVIEW, DOCUMENT], True),
        ([WRITER, DOCUMENT], False),
        ([HUMAN], False),
    ],
)
def test_whose_writing_is_no_part_of_the_work(agents: list[dict[str, str]], only: bool) -> None:
    spec = PlaybookPhase.model_validate({"phase": "DOCUMENT", "agents": agents})
    assert only_keeps_books(spec) == only
