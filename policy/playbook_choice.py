"""Which playbook fits a ticket, where nobody named one."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from contracts.issues import IssueType, Priority, Ticket
from contracts.jira_work import STANDARD


@dataclass(frozen=True)
class PlaybookChoice:
    """`reason` is a line for people: why this one."""

    playbook: str
    reason: str


@dataclass(frozen=True)
class Rule:
    """Fits a ticket that has one of `labels`, one of `types` and one of `priorities`; an empty
    set asks for nothing."""

    playbook: str
    labels: frozenset[str] = frozenset()
    types: frozenset[IssueType] = frozenset()
    priorities: frozenset[Priority] = frozenset()


URGENT = frozenset({Priority.CRITICAL})
# The first that fits counts. Labels come before types, since somebody chose them for this ticket;
# security comes first of all, since an audit too many costs less than one too few.
RULES = (
    Rule(
        "security-audit", labels=frozenset({"security", "security-audit", "vulnerability", "cve"})
    ),
    Rule("hotfix", labels=frozenset({"hotfix", "incident", "outage"})),
    Rule("documentation", labels=frozenset({"documentation", "docs", "docs-only"})),
    Rule("prototype", labels=frozenset({"prototype", "poc", "proof-of-concept", "spike"})),
    Rule("refactor", labels=frozenset({"refactor", "refactoring", "tech-debt"})),
    Rule("hotfix", types=frozenset({IssueType.BUG}), priorities=URGENT),
    Rule("prototype", types=frozenset({IssueType.SPIKE})),
    Rule("refactor", types=frozenset({IssueType.TECH_DEBT})),
)


def chosen(ticket: Ticket, there: Container[str] | None = None) -> PlaybookChoice:
    """By labels, type and priority; `standard` where no rule fits. `there` are the playbooks that
    exist, if not all of them do: rules about others are passed over."""
    labels = {spelt(label): label for label in ticket.labels}
    for rule in RULES:
        exists = there is None or rule.playbook in there
        if exists and (reason := _reason(rule, ticket, labels)) is not None:
            return PlaybookChoice(rule.playbook, reason)
    kind = f"type {ticket.type}, priority {ticket.priority}"
    return PlaybookChoice(STANDARD, f"no rule is about {kind}{_listed(ticket.labels)}")


def spelt(label: str) -> str:
    """Trackers differ: `Tech Debt`, `tech_debt` and `tech-debt` are one label."""
    return "-".join(label.casefold().replace("_", " ").replace("-", " ").split())


def _reason(rule: Rule, ticket: Ticket, labels: dict[str, str]) -> str | None:
    """None where the rule does not fit."""
    shared = sorted(rule.labels & labels.keys())
    if rule.labels and not shared:
        return None
    if rule.types and ticket.type not in rule.types:
        return None
    if rule.priorities and ticket.priority not in rule.priorities:
        return None
    reasons = [f"label `{labels[shared[0]]}`"] if shared else []
    reasons += [f"type {ticket.type}"] if rule.types else []
    reasons += [f"priority {ticket.priority}"] if rule.priorities else []
    return ", ".join(reasons)


def _listed(labels: Iterable[str]) -> str:
    listed = ", ".join(f"`{label}`" for label in labels)
    return f", labels {listed[:200]}" if listed else ""
