"""The choice of a playbook, where nobody named one."""

from pathlib import Path

import pytest

from contracts.issues import IssueType, Priority, Ticket
from policy.playbook_choice import RULES, chosen

ROOT = Path(__file__).parents[2]


def ticket(
    type: IssueType = IssueType.TASK, priority: Priority = Priority.MEDIUM, *labels: str
) -> Ticket:
    return Ticket(key="DEMO-1", title="t", type=type, priority=priority, labels=labels)


@pytest.mark.parametrize(
    ("of", "playbook", "reason"),
    [
        (ticket(), "standard", "no rule is about type TASK, priority MEDIUM"),
        (ticket(IssueType.BUG, Priority.HIGH), "standard", "no rule is about type BUG"),
        (ticket(IssueType.BUG, Priority.CRITICAL), "hotfix", "type BUG, priority CRITICAL"),
        (ticket(IssueType.STORY, Priority.CRITICAL), "standard", "no rule is about type STORY"),
        (ticket(IssueType.SPIKE), "prototype", "type SPIKE"),
        (ticket(IssueType.TECH_DEBT), "refactor", "type TECH_DEBT"),
        (ticket(IssueType.TASK, Priority.LOW, "x", "Docs"), "documentation", "label `Docs`"),
        (ticket(IssueType.SPIKE, Priority.LOW, "incident"), "hotfix", "label `incident`"),
        (ticket(IssueType.TASK, Priority.LOW, "Tech_Debt"), "refactor", "label `Tech_Debt`"),
        (ticket(IssueType.TASK, Priority.LOW, "Proof  of concept"), "prototype", "label `Proof"),
        (ticket(IssueType.TASK, Priority.LOW, "docs", "CVE"), "security-audit", "label `CVE`"),
    ],
)
def test_labels_count_before_types_and_security_before_all(
    of: Ticket, playbook: str, reason: str
) -> None:
    choice = chosen(of)
    assert choice.playbook == playbook
    assert choice.reason.startswith(reason)


def test_a_playbook_that_is_not_there_is_passed_over() -> None:
    urgent = ticket(IssueType.SPIKE, Priority.LOW, "hotfix")
    assert chosen(urgent, {"prototype", "standard"}).playbook == "prototype"
    assert chosen(urgent, set()).playbook == "standard"


def test_every_playbook_of_the_table_is_one_of_ours() -> None:
    assert {rule.playbook for rule in RULES} <= {
        file.stem for file in (ROOT / "playbooks").glob("*.yaml")
    }
