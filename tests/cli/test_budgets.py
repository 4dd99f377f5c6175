"""People cap what may be used, see what was, and grant more."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.person import Person, until
from tests.cli.spender import SPENDER
from tests.cli.teller import Teller


def test_work_over_its_budget_waits_for_a_raise_and_goes_on(
    ann: Person, repository: Path, agent: str
) -> None:
    Path(agent.split()[1]).write_text(SPENDER)
    new = ("--repo", str(repository), "--summary", "Spend", "--agent", agent)
    phases = ("--start", "CODE", "--end", "CODE", "--budget-tokens", "450")
    started = ann.says("work", "CALC-1", *new, *phases)
    assert started.returncode == 0, started.stderr

    def waits() -> Any:
        return ann.reads("status", "CALC-1")["awaited"]

    assert until(waits)["what"] == "more tokens"
    why = ann.says("why", "CALC-1").stdout
    assert "500 of 450 tokens of this work are used" in why
    assert "who may grant more: ann@example.org" in why
    assert "budget raise CALC-1 --tokens N" in why
    shown = ann.reads("budget", "show", "CALC-1")
    assert shown["caps"]["orchestration"] == {"tokens": 450}
    assert shown["waiting"]["people"] == ["ann@example.org"]
    little = ann.says("budget", "raise", "CALC-1", "--tokens", "50", "--comment", "a little")
    assert little.returncode == 1
    assert "It does not count (TOO_LITTLE): it waits for more than 50 tokens (--tokens N)" in (
        little.stderr
    )
    raised = ann.says("budget", "raise", "CALC-1", "--tokens", "1k", "--comment", "worth it")
    assert (raised.returncode, raised.stdout.strip()) == (
        0,
        "CALC-1: raised; it goes on (by ann@example.org)",
    )
    assert ann.says("watch", "CALC-1").returncode == 0
    history = ann.says("history", "CALC-1").stdout
    assert "waits for ann@example.org to grant more tokens" in history
    assert "granted 1,000 tokens more: worth it (by ann@example.org)" in history


def test_a_day_is_capped_and_shown(bob: Teller) -> None:
    assert "no cap" in bob.says("budget", "show").out
    made = bob.says("budget", "set", "--tokens", "2M", "--cost", "12.50")
    assert (made.code, made.out.splitlines()) == (
        0,
        [
            "tokens  0 used today (UTC), of 2,000,000",
            "money   0 used today (UTC), of 12.5",
        ],
    )
    caps = bob.reads("budget", "show")["budget"]["caps"]
    assert caps == {"tokens": 2_000_000, "cost": "12.50"}
    assert bob.says("budget", "set", "--none").code == 0
    assert bob.reads("budget", "show")["budget"]["caps"] == {"tokens": None, "cost": None}


@pytest.mark.parametrize(
    "arguments",
    [
        ("set",),
        ("set", "--none", "--tokens", "5"),
        ("set", "--tokens", "0"),
        ("set", "--tokens", "many"),
        ("set", "--cost", "-1"),
        ("set", "--cost", "nan"),
        ("raise", "CALC-1", "--comment", "why"),
        ("raise", "CALC-1", "--tokens", "5"),
        ("raise", "CALC-1", "--tokens", "5", "--comment", " "),
        ("raise", "CALC-1", "--time", "long", "--comment", "why"),
        ("refuse", "CALC-1"),
        ("show", "calc"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    bob: Teller, arguments: tuple[str, ...]
) -> None:
    said = bob.says("budget", *arguments)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err


def test_work_that_is_not_there_hears_no_raise(ann: Person) -> None:
    said = ann.says("budget", "raise", "CALC-9", "--tokens", "5", "--comment", "why")
    assert said.returncode == 3
    assert "is not being worked" in said.stderr
