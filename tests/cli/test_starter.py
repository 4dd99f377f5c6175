"""Whole tickets, worked from the command line."""

import json
import subprocess
from pathlib import Path

import pytest

from cli.stand_in import DEMO_APPROVER
from tests.cli.person import Person, until

TEXT = 'Mind "quotes", $(touch /tmp/owned), --flags and\n\x1b[31mcolours [red]x[/].\n'


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_ticket_is_worked_from_its_key_to_a_commit(
    ann: Person, repository: Path, agent: str, tmp_path: Path
) -> None:
    description = tmp_path / "description.md"
    description.write_text(TEXT)
    new = ("--repo", str(repository), "--summary", "add $(id) [b]", "--agent", agent)
    done = ann.says("work", "CALC-1", *new, "--description-file", str(description), "--yes")
    assert done.returncode == 0, done.stderr
    assert "ann@example.org is now an admin" in done.stderr
    assert f"--yes: approves as {DEMO_APPROVER}" in done.stderr
    assert "CALC-1 · add $(id) [b]  COMPLETED  attempt 1" in done.stdout
    assert "tests: 1 passed, 0 failed, 0 skipped" in done.stdout
    assert f"git -C '{repository}' log slipway/CALC-1" in done.stdout
    assert "But in the repository" not in done.stdout
    assert "\x1b" not in done.stdout

    assert git(repository, "log", "--format=%an", "-1", "slipway/CALC-1").startswith("coder")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--show-current") == "main"

    events = [
        json.loads(line) for line in ann.says("history", "CALC-1", "--json").stdout.splitlines()
    ]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event"]["ticket"]["description"] == TEXT
    assert events[-1]["event"]["type"] == "OrchestrationCompleted"
    plan = ann.says("work", "CALC-2", "--summary", "y", "--dry-run", SLIPWAY_USER="ben@example.org")
    assert "ben@example.org is now a developer" in plan.stderr
    again = ann.says("work", "CALC-1")
    assert again.returncode == 1
    assert "--again" in again.stderr
    assert [row["issue_key"] for row in ann.reads("list")] == ["CALC-1"]
    the_change_can_be_looked_at(ann, repository)


def the_change_can_be_looked_at(ann: Person, repository: Path) -> None:
    commit = git(repository, "rev-parse", "slipway/CALC-1")
    changed = ann.says("diff", "CALC-1")
    assert changed.returncode == 0, changed.stderr
    assert changed.stdout.startswith(f"slipway/CALC-1 at {commit[:10]}\nrisk low\n")
    assert "calc.py\n" in changed.stdout
    assert "\n+    return a + b\n" in changed.stdout

    git(repository, "branch", "--force", "slipway/CALC-1", "main")
    moved = f"But in the repository the branch is at {git(repository, 'rev-parse', 'main')[:10]}:"
    assert moved in ann.says("watch", "CALC-1").stdout


def test_a_gate_says_whom_it_waits_for_and_refuses_the_requester(
    ann: Person, repository: Path, agent: str
) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    begun = ann.says("work", "CALC-1", *new)
    assert begun.returncode == 0, begun.stderr
    assert "branch slipway/CALC-1, playbook standard" in begun.stdout
    assert "starter.py watch CALC-1" in begun.stdout
    waits = until(lambda: ann.gate("CALC-1"))
    plan = ann.says("work", "CALC-1", "--dry-run")
    assert (plan.returncode, "would change nothing" in plan.stderr) == (0, True)
    reason = ann.says("why", "CALC-1").stdout
    code = waits["awaited"]["subject_hash"][:8]
    assert reason.endswith(f"approve CALC-1 --code {code}  (or reject, request-changes)\n")
    assert "the change: none yet" in reason
    assert ann.reads("diff", "CALC-1")["change"] is None
    assert waits["awaited"]["what"] == "approval plan"
    assert waits["deciders"] == []
    unheard = ann.says("approve", "CALC-1", SLIPWAY_TASK_QUEUE="nobody-works-here")
    assert unheard.returncode == 4
    assert "No worker is running" in unheard.stderr

    other = ann.says("approve", "CALC-1", "--code", "0" * 8)
    assert (other.returncode, "something else by now" in other.stderr) == (1, True)
    own = ann.says("approve", "CALC-1", "--code", code)
    assert own.returncode == 1
    assert "OWN_WORK" in own.stderr
    assert "starter.py users add EMAIL" in own.stderr
    unasked = ann.says("answer", "CALC-1", "text")
    assert (unasked.returncode, "starter.py status CALC-1" in unasked.stderr) == (1, True)
    assert ann.says("cancel", "CALC-1").returncode == 0
    over = ann.says("watch", "CALC-1")
    assert over.returncode == 1
    assert "CANCELLED" in over.stdout
    assert "starter.py work CALC-1 --resume" in over.stdout
    deaf = ann.says("guide", "CALC-1", "too late")
    assert deaf.returncode == 3
    assert "is not being worked" in deaf.stderr


def test_at_a_terminal_the_person_is_asked_and_sees_it_live(
    ann: Person, repository: Path, agent: str
) -> None:
    new = ("--repo", str(repository), "--summary", "x", "--agent", agent)
    code, shown = ann.types("work", "CALC-1", *new, "--watch", answer="d\ny", to="Approve?")
    assert code == 0, shown
    assert "CALC-1 has changed nothing yet" in shown
    assert f"counts as that of {DEMO_APPROVER}" in shown
    assert "COMPLETED" in shown
    assert "[31m[red]now" in shown
    assert "\x1b[31m[red]" not in shown


def test_a_repository_that_cannot_be_worked_on_leaves_nothing_behind(
    ann: Person, repository: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    git(tmp_path, "init", "-q", str(empty))
    (repository / "new.txt").write_text("x")
    refusals = {
        tmp_path: "is not inside a git repository",
        empty: "has no commit yet",
        repository: "uncommitted changes (new.txt)",
    }
    for folder, said in refusals.items():
        refused = ann.says("work", "CALC-1", "--repo", str(folder), "--summary", "x")
        assert refused.returncode == 1
        assert said in refused.stderr
        assert refused.stderr.count("\n") == 1
    nowhere = ann.says("work", "CALC-1", "--repo", str(tmp_path / "nowhere"), "--summary", "x")
    assert (nowhere.returncode, "on this machine" in nowhere.stderr) == (3, True)
    unknown = ann.says("work", "CALC-1", "--summary", "x")
    assert unknown.returncode == 3
    assert "There is no project CALC yet" in unknown.stderr


def test_what_is_said_again_is_no_news_and_home_is_known(ann: Person, repository: Path) -> None:
    by_home = (f"--repo=~/{repository.name}", "--dry-run", "--summary")
    heard = [
        ann.says("work", "CALC-1", *by_home, title, HOME=str(repository.parent))
        for title in ("x", "x", "y")
    ]
    assert [one.returncode for one in heard] == [0, 0, 0], heard[0].stderr
    assert f"its repository is {repository}" in heard[0].stderr
    assert ["was there before" in one.stderr for one in heard] == [False, False, True]


def test_a_dry_run_plans_and_an_unknown_ticket_is_not_found(ann: Person, repository: Path) -> None:
    new = ("--repo", str(repository), "--summary", "x")
    plan = ann.says("work", "CALC-1", *new, "--dry-run", "--skip", "test")
    assert plan.returncode == 0, plan.stderr
    assert "CALC-1 was created in the local tracker; it stays there after the dry" in plan.stderr
    assert "TEST        skipped" in plan.stdout
    remark = "no agent is named for CODE: nobody changes anything there (work --agent)"
    assert plan.stdout.endswith(f"\n  {remark}\n")
    left_out = ann.says("work", "CALC-1", "--dry-run", "--skip", "CODE", "--skip", "TEST")
    assert "nobody changes" not in left_out.stdout
    told = ann.reads("work", "CALC-1", "--dry-run")
    assert (told["dry_run"], told["status"], ann.reads("list")) == (True, None, [])
    assert git(repository, "branch", "--list") == "* main"
    for key, more in {
        "CALC-1": "",
        "CALC-2": " --summary TEXT",
        "OTHER-1": " --repo PATH_OR_URL --summary TEXT",
    }.items():
        unworked = ann.says("status", key)
        assert unworked.returncode == 3
        assert unworked.stderr.endswith(f"Start it: starter.py work {key}{more}\n")
    unknown = ann.says("work", "CALC-2")
    assert unknown.returncode == 3
    assert "--summary" in unknown.stderr


@pytest.mark.parametrize(
    ("variable", "address", "said"),
    [
        ("TEMPORAL_ADDRESS", "127.0.0.1:1", "Temporal at 127.0.0.1:1 does not answer"),
        ("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/x", "Postgres does not answer"),
    ],
)
def test_a_server_that_is_away_is_said_in_one_line(
    ann: Person, variable: str, address: str, said: str
) -> None:
    away = ann.says("watch", "CALC-1", **{variable: address})
    assert away.returncode == 4
    assert said in away.stderr
    assert away.stderr.count("\n") == 1


def test_setup_is_repeatable(ann: Person) -> None:
    ready = ann.says("setup")
    assert ready.returncode == 0, ready.stderr
    assert "search attributes: all were there" in ready.stdout


def test_setup_names_variables_that_nobody_reads(ann: Person) -> None:
    ready = ann.says("setup", SLIPWAY_ENCRYPTON_KEYS="x")
    assert ready.returncode == 0
    assert "SLIPWAY_ENCRYPTON_KEYS has no effect" in ready.stderr
    assert "Is SLIPWAY_ENCRYPTION_KEYS meant?" in ready.stderr
    assert "no effect" not in ann.says("setup").stderr
