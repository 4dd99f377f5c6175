"""The ready policies, and how a gate takes one up."""

from datetime import timedelta
from pathlib import Path

import pytest

from clients.playbooks import PlaybookFolder
from contracts.identity import Role
from contracts.levels import ApprovalPolicy, Approver, Level, OnTimeout
from contracts.playbooks import Gate
from errors import InvalidPlaybookError
from policy.approval_policies import applied, parse_policy

READY = Path(__file__).parents[2] / "playbooks" / "approvals"
ASKED = {
    "pull-request": ["lead or senior"],
    "production-pull-request": ["lead or senior", "security", "manager or admin"],
    "hotfix": ["on-call"],
    "hotfix-review": ["lead or senior"],
    "release": ["lead", "product", "security and compliance"],
}


ADMIN = Level(name="boss", approvers=(Approver(role=Role.ADMIN),))


def gate(name: str) -> Gate:
    policy = parse_policy((READY / f"{name}.yaml").read_text(), name)
    return applied(policy, Gate(name="plan", policy=name))


def test_every_ready_policy_is_on_the_list() -> None:
    assert {file.stem for file in READY.glob("*.yaml")} == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_a_ready_policy_asks_whom_it_says(name: str) -> None:
    assert [level.words() for level in gate(name).stages] == ASKED[name]


def test_conditions_times_and_quorums_are_those_of_the_files() -> None:
    _, security, manager = gate("production-pull-request").stages
    assert (security.when.clean, manager.when.risk) == (False, ("HIGH",))
    assert gate("pull-request").stages[0].patience == timedelta(days=1)
    hotfix = gate("hotfix").stages[0]
    assert (hotfix.on_timeout, hotfix.patience) == (OnTimeout.ESCALATE, timedelta(hours=2))
    assert gate("release").stages[-1].needed == 2


@pytest.mark.parametrize("said", [True, False])
def test_whoever_names_the_people_says_what_these_may_do(said: bool) -> None:
    rules = ("allow_requester", "allow_author", "four_eyes")
    policy = ApprovalPolicy(levels=(ADMIN,), **dict.fromkeys(rules, said))
    asking = applied(policy, Gate(name="plan", policy="two", **dict.fromkeys(rules, not said)))
    assert [getattr(asking, rule) for rule in rules] == [said] * 3
    assert (asking.policy, asking.levels) == ("two", (ADMIN,))


@pytest.mark.parametrize("rule", ["verified", "binding"])
@pytest.mark.parametrize(
    ("by_policy", "by_gate", "so"),
    [(False, False, False), (True, False, True), (False, True, True)],
)
def test_either_side_may_be_strict(rule: str, by_policy: bool, by_gate: bool, so: bool) -> None:
    policy = ApprovalPolicy.model_validate({"levels": (ADMIN,), rule: by_policy})
    asking = applied(policy, Gate.model_validate({"name": "plan", rule: by_gate}))
    assert getattr(asking, rule) is so


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("levels: [", "mine.yaml:1"),
        ("[]", "a policy is a mapping"),
        ("levels: []", "mine.yaml:1: levels"),
        ("levels:\n- {name: a, approvers: [{role: MANAGER, user: x}]}", "name one of `user`"),
        ("levels:\n- {name: a, approvers: [{role: ADMIN}], on_timeout: escalate}", "`escalation`"),
        ("levels:\n- {name: a, approvers: [{user: x}], quorum: 2}", "2 must agree of 1"),
        (
            "levels:\n- {name: a, approvers: [{role: ADMIN}], remind: 1m}",
            "let `remind` be a hundredth",
        ),
    ],
)
def test_a_policy_that_nobody_could_pass_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(InvalidPlaybookError) as refused:
        parse_policy(text, "mine.yaml")
    assert says in str(refused.value)


def test_a_playbook_takes_up_the_policy_that_its_gate_names(tmp_path: Path) -> None:
    (tmp_path / "approvals").mkdir()
    (tmp_path / "approvals" / "two.yaml").write_text(
        "levels:\n- {name: a, approvers: [{role: ADMIN}]}\n"
        "- {name: b, approvers: [{role: MANAGER}]}"
    )
    playbook = "phases:\n- {phase: PLAN, gate: {name: plan, policy: %s}}"
    (tmp_path / "mine.yaml").write_text(playbook % "two")
    (tmp_path / "lost.yaml").write_text(playbook % "three")
    folder = PlaybookFolder(tmp_path, tmp_path)
    found = folder.load("mine").phases[0].gate
    assert found is not None
    assert [level.name for level in found.stages] == ["a", "b"]
    with pytest.raises(InvalidPlaybookError, match="no policy `three`: there are two"):
        folder.load("lost")


def test_a_hotfix_is_decided_on_call_and_looked_at_again_afterwards(tmp_path: Path) -> None:
    """As playbooks/hotfix.yaml proposes."""
    (tmp_path / "approvals").symlink_to(READY)
    (tmp_path / "mine.yaml").write_text(
        "phases:\n- {phase: TEST, gate: {name: ship, policy: hotfix}}\n"
        "- {phase: DOCUMENT, gate: {name: review, policy: hotfix-review}}"
    )
    ship, review = (step.gate for step in PlaybookFolder(tmp_path, tmp_path).load("mine").phases)
    assert ship is not None
    assert review is not None
    assert [level.words() for level in (*ship.stages, *review.stages)] == [
        "on-call",
        "lead or senior",
    ]
