"""What stands between an open gate and its decision, as people read it."""

from collections.abc import Sequence

import pytest

from cli.decisions import unheeded
from cli.obstacles import obstacles
from cli.pages import progress
from cli.story import Story, story_of
from contracts.approvals import DecisionKind
from contracts.events import QuestionAsked
from contracts.jira_work import Pause
from contracts.phases import Phase
from contracts.prospects import Barred, Prospects
from tests.cli.facts import BEGAN, HOSTILE, asked, began, chain, row, started

STUCK = Prospects(
    barred=(Barred(email="lea@x.test", why=f"lea@x.test asked {HOSTILE}"),),
    short=1,
    advice="name somebody else",
)
PAUSE = Pause(by="max@x.test", reason=HOSTILE)


def waiting(**known: object) -> Story:
    told = story_of(row(), chain(started(), began(Phase.PLAN), asked()))
    return told.model_copy(update=known)


def lines(story: Story, *, whole: bool = True) -> Sequence[str]:
    found = list(obstacles(story, whole=whole))
    assert all(line.isprintable() for line in found)
    return found


def test_where_nothing_stands_in_the_way_nothing_is_said() -> None:
    assert lines(waiting()) == []
    assert lines(waiting(prospects=Prospects(may=("lea@x.test",)))) == []


def test_who_is_barred_is_said_by_why_and_its_sum_by_status() -> None:
    stuck = waiting(prospects=STUCK)
    first, reason, advice = lines(stuck)
    assert (first, advice.strip()) == ("nobody is left who may decide", "name somebody else")
    assert "lea@x.test asked" in reason
    (short,) = lines(stuck, whole=False)
    assert "starter.py why INV-1" in short
    assert short in "\n".join(line.plain for line in progress(stuck, BEGAN))


def test_a_pause_comes_with_the_decision_or_after_the_phase_that_asks() -> None:
    (gate,) = lines(waiting(pause=PAUSE))
    assert gate.startswith("paused as soon as this is decided (by max@x.test: ")
    question = Phase.CODE, QuestionAsked(question="Which?")
    told = story_of(row(), chain(started(), began(Phase.CODE), question))
    (after,) = lines(told.model_copy(update={"pause": PAUSE}))
    assert after.startswith("pauses after CODE, once this is answered (by max@x.test: ")


@pytest.mark.parametrize(
    ("kind", "unheeding", "warned"),
    [
        (DecisionKind.REQUEST_CHANGES, Phase.PLAN, True),
        (DecisionKind.REQUEST_CHANGES, None, False),
        (DecisionKind.REJECT, Phase.PLAN, False),
    ],
)
def test_who_asks_for_changes_of_what_follows_no_words_hears_so(
    kind: DecisionKind, unheeding: Phase | None, warned: bool
) -> None:
    told = unheeded(waiting(unheeding=unheeding), kind)
    assert (told is not None) is warned
    assert told is None or "Nobody in PLAN reads words" in told
