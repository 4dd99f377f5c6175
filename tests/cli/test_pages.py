"""What people read, and that nobody's text controls their terminal."""

import io
from datetime import timedelta

import pytest
from rich.console import Console, Group

from cli.events import line_of
from cli.pages import how_to_look, outcome, progress, width_of
from cli.story import story_of
from cli.terminal import elapsed, plain
from contracts.agents import TestReport
from contracts.conclusions import Whereabouts
from contracts.events import AgentCompleted, CheckpointCreated, PhaseSkipped, TestRunCompleted
from contracts.identity import person
from contracts.orchestrations import CheckpointState, OrchestrationStatus
from contracts.phases import Phase
from tests.cli.facts import (
    BEGAN,
    HOSTILE,
    asked,
    began,
    chain,
    chained,
    completed,
    done,
    failed,
    row,
    sent_back,
    started,
)


def rendered(*parts: object) -> str:
    console = Console(file=io.StringIO(), markup=False, emoji=False, width=200)
    console.print(Group(*parts))  # type: ignore[arg-type]  # whatever a page is made of
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (59, "59 s"),
        (59.9, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3_600, "1 h 00 min"),
        (93_600, "1 d 2 h"),
        (-5, "0.0 s"),
    ],
)
def test_durations_are_said_in_their_two_largest_units(seconds: float, said: str) -> None:
    assert elapsed(timedelta(seconds=seconds)) == said


def test_text_from_outside_loses_whatever_could_control_the_terminal() -> None:
    assert plain(HOSTILE) == "]0;owned [red]x[/] :smile: evil next"
    assert plain("a\u200bb\u2028c\x9b31m") == "a b c 31m"


def test_an_event_is_one_harmless_line_with_who_did_it() -> None:
    said = AgentCompleted(round=1, duration=timedelta(seconds=3), summary=HOSTILE)
    event = chained(1, (Phase.CODE, said), person("ann@example.org"))
    line = line_of(event)
    assert line.isprintable()
    assert line.endswith(
        "CODE      ]0;owned [red]x[/] :smile: evil next (3.0 s) (by ann@example.org)"
    )


def test_the_page_shows_each_phase_the_times_and_who_is_awaited() -> None:
    told = (started(HOSTILE), began(Phase.EXPLORE), done(Phase.EXPLORE, HOSTILE))
    story = story_of(row(), chain(*told, began(Phase.PLAN), asked()))
    page = rendered(*progress(story, BEGAN + timedelta(seconds=64)))
    assert "INV-1 · ]0;owned [red]x[/] :smile: evil next  ACTIVE  attempt 1  1 min 04 s" in page
    assert "✓ EXPLORE            1.0 s  ]0;owned" in page
    assert "waits for approval plan, on admin or manager, since 1 min 00 s" in page
    assert "starter.py approve INV-1" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_red_tests_and_what_was_sent_back_are_seen_at_a_glance() -> None:
    red = TestRunCompleted(round=1, report=TestReport(passed=11, failed=1))
    told = [began(Phase.PLAN), asked(), sent_back(), done(Phase.PLAN, "changes were requested")]
    told += [began(Phase.TEST), (Phase.TEST, red), done(Phase.TEST, "11 passed, 1 failed")]
    page = rendered(*progress(story_of(row(), chain(started(), *told)), BEGAN))
    assert "↩ PLAN               3.0 s  sent back by slipway: smaller" in page
    assert "✗ TEST               2.0 s  red: 11 passed, 1 failed" in page
    assert "✓" not in page


def test_a_phase_takes_one_line_of_a_narrow_terminal() -> None:
    events = chain(started(), began(Phase.EXPLORE), done(Phase.EXPLORE, "long " * 50))
    _, line, *_ = progress(story_of(row(), events), BEGAN, width=80)
    assert (len(line.plain), line.plain[-1]) == (80, "…")


def test_wide_characters_take_no_second_line() -> None:
    events = chain(started(), began(Phase.EXPLORE), done(Phase.EXPLORE, "引き算 " * 50))
    _, line, *_ = progress(story_of(row(), events), BEGAN, width=80)
    assert 78 <= line.cell_len <= 80


@pytest.mark.parametrize(
    ("terminal", "columns", "width"), [(True, 60, 60), (True, 300, 130), (False, 60, 130)]
)
def test_status_is_as_wide_as_the_terminal(terminal: bool, columns: int, width: int) -> None:
    assert width_of(Console(force_terminal=terminal, width=columns)) == width


def test_the_outcome_says_how_to_look_at_the_commits() -> None:
    story = story_of(row(OrchestrationStatus.COMPLETED), chain(started(), completed()))
    page = rendered(*outcome(story, "/srv/my repo"))
    assert "COMPLETED  attempt 1  1.0 s" in page
    assert "git -C '/srv/my repo' log slipway/INV-1" in page
    assert "But" not in rendered(*outcome(story, "/srv/repo", Whereabouts(tip=story.commit)))
    moved = rendered(*outcome(story, "/srv/repo", Whereabouts(tip="b" * 40)))
    assert "  But in the repository the branch is at bbbbbbbbbb: somebody has pushed" in moved
    assert "But" not in rendered(*outcome(story, "/srv/repo", Whereabouts(seen=False)))
    remote = how_to_look(story.branch, "https://git.example.org/x.git")
    assert remote == "git fetch https://git.example.org/x.git slipway/INV-1 && git log FETCH_HEAD"


def test_a_failed_outcome_says_why_and_how_to_go_on() -> None:
    found = row(OrchestrationStatus.FAILED)
    page = rendered(*outcome(story_of(found, chain(started(), failed())), "/srv/repo"))
    assert "Rejected: too big" in page
    assert "begin again: starter.py work INV-1\n" in page
    kept = CheckpointCreated(commit="a" * 40, state=CheckpointState(phase=Phase.CODE, round=1))
    told = chain(started(), (Phase.CODE, kept), failed())
    page = rendered(*outcome(story_of(found, told), "/srv/repo"))
    assert "starter.py work INV-1 --resume" in page


def test_phases_that_nobody_works_in_are_named() -> None:
    page = rendered(*progress(story_of(row(), chain(started())), BEGAN))
    assert "no agent is named for CODE" in page
    skipped = (Phase.CODE, PhaseSkipped(round=1, reason="skipped by option"))
    left_out = story_of(row(), chain(started(), skipped))
    assert "no agent" not in rendered(*progress(left_out, BEGAN))
