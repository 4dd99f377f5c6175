"""People and their decisions, as the command line shows and makes them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.accounts import account as read
from cli.accounts import remark
from tests.cli.person import Person, until

LEAD, DEPUTY = "lead@example.org", "deputy@example.org"


def ok(person: Person, *arguments: str) -> str:
    done = person.says(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_people_are_made_linked_and_given_roles(ann: Person) -> None:
    ok(ann, "users", "add", LEAD, "--role", "manager", "--name", "Lea")
    ok(ann, "users", "link", LEAD, "slack:T01:U02")
    ok(ann, "users", "link", LEAD, "github:lea")
    ok(ann, "users", "role", LEAD, "ADMIN")
    people = {one["email"]: one for one in ann.reads("users", "list")}
    assert (people[LEAD]["role"], people[LEAD]["name"]) == ("ADMIN", "Lea")
    assert people[LEAD]["accounts"] == [
        {"provider": "github", "external_id": "lea"},
        {"provider": "slack", "external_id": "T01:U02"},
    ]
    assert "slack:T01:U02" in ok(ann, "users", "list")


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("github:lea", "commits by lea@users.noreply.github.com, and for nothing else"),
        ("github:lea", "https://api.github.com/users/lea. Link github:NUMBER"),
        ("gitlab:lea", "commits by NUMBER-lea@users.noreply.gitlab.com"),
        ("bitbucket:lea", "Link the account_id"),
    ],
)
def test_an_account_by_its_name_is_linked_and_said_what_it_counts_for(
    ann: Person, account: str, says: str
) -> None:
    ok(ann, "users", "add", LEAD)
    done = ann.says("users", "link", LEAD, account)
    assert (done.returncode, done.stdout) == (0, f"{account} is {LEAD}\n")
    assert says in done.stderr


@pytest.mark.parametrize(
    "account",
    ["github:7", "gitlab:7", "bitbucket:557058:0a-1b", f"bitbucket:{'5c' * 12}", "jira:lea"],
)
def test_of_an_account_by_what_it_is_known_by_nothing_is_remarked(account: str) -> None:
    assert remark(read(account)) is None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("link", LEAD, "slack:U02"), 2, "one workspace"),
        (("link", LEAD, "myspace:lea"), 2, "no account"),
        (("add", "lea"), 2, "not an e-mail address"),
        (("role", "nobody@example.org", "ADMIN"), 3, "starter.py users add"),
        (("role", LEAD, "BOSS"), 2, "ADMIN, MANAGER"),
    ],
)
def test_what_cannot_be_is_refused(
    ann: Person, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = ann.says("users", *arguments)
    assert done.returncode == code
    assert says in done.stderr


def test_what_nobody_is_left_to_decide_is_marked_wherever_it_is_shown(
    ann: Person, repository: Path, agent: str
) -> None:
    ann.folder = repository
    ok(ann, "work", "CALC-1", "--repo", ".", "--summary", "add subtracts", "--agent", agent)
    (row,) = until(lambda: ann.reads("approvals"))
    assert row["stuck"] == "nobody is left who may decide"
    assert "nobody is left who may decide: starter.py why CALC-1" in ok(ann, "approvals")
    assert "nobody is left who may decide; starter.py why CALC-1" in ok(ann, "status", "CALC-1")
    why = ann.reads("why", "CALC-1")
    (barred,) = why["prospects"]["barred"]
    assert (why["deciders"], why["pause"]) == ([], None)
    assert barred["why"].endswith(" asked for this work; somebody else must decide on it")
    assert "no mail or Slack" in why["untold"]
    refused = ann.says("approve", "CALC-1")
    assert "Name somebody else: starter.py users add" in refused.stderr
    ok(ann, "users", "add", LEAD, "--role", "MANAGER")
    assert ann.reads("why", "CALC-1")["deciders"] == [LEAD]
    assert ann.reads("approvals")[0]["stuck"] is None
    warned = ann.says("request-changes", "CALC-1", "--as", LEAD, "--comment", "split it")
    assert (warned.returncode, "Nobody in PLAN reads words" in warned.stderr) == (0, True)


def test_what_waits_is_listed_lent_and_decided(ann: Person, repository: Path, agent: str) -> None:
    ann.folder = repository
    ok(ann, "users", "add", LEAD, "--role", "MANAGER")
    ok(ann, "users", "add", DEPUTY, "--role", "VIEWER")
    assert ok(ann, "approvals") == "Nothing waits for a decision.\n"
    ok(ann, "work", "CALC-1", "--repo", ".", "--summary", "add subtracts", "--agent", agent)
    (row,) = until(lambda: ann.reads("approvals"))
    assert (row["issue_key"], row["gate"], row["level"]) == ("CALC-1", "plan", 1)
    assert ok(ann, "approvals", "--mine", "--as", LEAD).startswith("decide by 2")
    assert ok(ann, "approvals", "--mine") == "Nothing waits for you.\n"
    assert ann.says("approve", "CALC-1", "--as", DEPUTY).returncode == 1
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    lend = ("delegate", "CALC-1", "--to", DEPUTY, "--as", LEAD, "--until")
    assert ann.says(*lend, "soon").returncode == 2
    assert ann.says(*lend, "2199-01-01").returncode == 2
    assert ok(ann, "approvals", "--mine", "--as", DEPUTY) == "Nothing waits for you.\n"
    assert DEPUTY in ok(ann, *lend, tomorrow)
    assert "CALC-1" in ok(ann, "approvals", "--mine", "--as", DEPUTY)
    ok(ann, "approve", "CALC-1", "--as", DEPUTY)
    events = [json.loads(line) for line in ok(ann, "history", "CALC-1", "--json").splitlines()]
    (granted,) = [one["event"] for one in events if one["event"]["type"] == "ApprovalGranted"]
    assert granted["on_behalf_of"] is not None
