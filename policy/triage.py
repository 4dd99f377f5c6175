"""What kind of work a ticket is, how hard it looks, and which way it should go.

For the agent `triage`. Customers' tickets are sorted by support_triage.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from contracts.agents import Brief, Report
from contracts.issues import IssueType, Ticket
from policy.acceptance import criteria_of
from policy.past_work import told_of_past
from policy.playbook_choice import chosen


class Route(StrEnum):
    CLARIFY = "clarify"
    SPLIT = "split"
    QUICK = "quick"
    NORMAL = "normal"
    CAREFUL = "careful"


@dataclass(frozen=True)
class Weight:
    """Words that make work harder, whatever else the ticket says. Each rule counts once."""

    points: int
    about: str
    words: frozenset[str]


MOST_POINTS = 10
WEIGHTS = (
    Weight(
        3, "stored data changes shape", frozenset({"migration", "migrations", "migrate", "schema"})
    ),
    Weight(
        3,
        "things happen at the same time",
        frozenset({"concurrency", "concurrent", "deadlock", "race", "lock", "thread", "threads"}),
    ),
    Weight(
        2,
        "security is touched",
        frozenset({"auth", "authentication", "credentials", "encryption", "oauth", "password"})
        | frozenset({"permission", "permissions", "security", "token", "vulnerability"}),
    ),
    Weight(2, "others depend on it", frozenset({"api", "breaking", "compatibility", "protocol"})),
    Weight(
        2, "speed is asked for", frozenset({"latency", "memory", "performance", "slow", "timeout"})
    ),
    Weight(
        2,
        "money is touched",
        frozenset(
            {"billing", "currency", "invoice", "invoices", "payment", "payments", "tax", "vat"}
        ),
    ),
    Weight(
        2,
        "it cuts across the code",
        frozenset({"architecture", "everywhere", "refactor", "redesign", "rewrite"}),
    ),
    Weight(
        -2, "it is about words", frozenset({"docs", "documentation", "readme", "typo", "wording"})
    ),
)
# What a ticket is called, and what it talks of, may differ: said, not decided.
TALKS_OF = {
    IssueType.BUG: frozenset(
        {"broken", "bug", "crash", "crashes", "error", "fails", "fault", "regression", "wrong"}
    ),
    IssueType.FEATURE: frozenset({"add", "allow", "enable", "feature", "introduce", "support"}),
    IssueType.SPIKE: frozenset({"evaluate", "explore", "investigate", "prototype", "research"}),
    IssueType.TECH_DEBT: frozenset({"cleanup", "deprecated", "legacy", "refactor", "simplify"}),
}
ROUTES = {
    Route.CLARIFY: "ask for what is missing before anybody codes",
    Route.SPLIT: "make several tickets of it first",
    Route.QUICK: "one pass of coding and tests should do",
    Route.NORMAL: "explore, plan, code, test",
    Route.CAREFUL: "let a person read the plan and the diff closely",
}
NOT_KNOWN = (
    "Not known: the code. This was read from the ticket alone; explore looks at the repository.",
    "Not known: what words mean. The rules count English words and see neither irony nor a `not`.",
)
FEWEST_WORDS, MANY_WORDS, MANY_CRITERIA, TOO_MANY_CRITERIA = 8, 300, 5, 15
QUICK_UP_TO, CAREFUL_FROM = 2, 6
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Score:
    """From 0 to 10, with a line for each rule that counted."""

    points: int
    reasons: tuple[str, ...]


def triage_report(brief: Brief) -> Report:
    ticket = brief.ticket
    score, (route, why) = complexity(ticket), route_of(ticket)
    choice = chosen(ticket)
    summary = (
        f"{ticket.type}, priority {ticket.priority}. Complexity {score.points} of {MOST_POINTS}. "
        f"Route: {route}, because {why}: {ROUTES[route]}."
    )
    findings = (
        *(f"Complexity {reason}" for reason in score.reasons),
        *_remarks(brief),
        f"By the table of playbooks this is work for `{choice.playbook}` ({choice.reason}).",
        *NOT_KNOWN,
    )
    return Report(status="completed", summary=summary, findings=findings)


def complexity(ticket: Ticket) -> Score:
    words = _words(ticket)
    known = frozenset(words)
    told = [(weight.points, weight.about, weight.words & known) for weight in WEIGHTS]
    counted = [
        (points, f"{about} ({', '.join(sorted(seen))})") for points, about, seen in told if seen
    ]
    counted += list(_by_size(len(words), len(criteria_of(ticket))))
    total = 1 + sum(points for points, _ in counted)
    reasons = tuple(f"{points:+d}: {about}" for points, about in counted)
    return Score(min(MOST_POINTS, max(0, total)), reasons)


def route_of(ticket: Ticket) -> tuple[Route, str]:
    """The first that fits, and why."""
    wanted, points = len(criteria_of(ticket)), complexity(ticket).points
    if not wanted and len(_words(ticket)) < FEWEST_WORDS:
        return Route.CLARIFY, "it says too little to know when it is done"
    if ticket.type is IssueType.EPIC:
        return Route.SPLIT, "it is an epic"
    if wanted > TOO_MANY_CRITERIA:
        return Route.SPLIT, f"it has {wanted} acceptance criteria"
    if points >= CAREFUL_FROM:
        return Route.CAREFUL, f"its complexity is {points}"
    if points <= QUICK_UP_TO and wanted:
        return Route.QUICK, f"its complexity is {points} and its criteria are written down"
    return Route.NORMAL, f"its complexity is {points}"


def _by_size(words: int, criteria: int) -> Iterator[tuple[int, str]]:
    if words > MANY_WORDS:
        yield 1, f"the ticket is long ({words:,} words)"
    if criteria > MANY_CRITERIA:
        yield 2, f"it has {criteria} acceptance criteria"
    if not criteria:
        yield 1, "nobody wrote down when it is done"


def _remarks(brief: Brief) -> Iterator[str]:
    ticket, known = brief.ticket, frozenset(_words(brief.ticket))
    wanted = len(criteria_of(ticket))
    yield (
        f"{wanted} acceptance criteria."
        if wanted
        else "No acceptance criteria: somebody should say when it is done."
    )
    named = TALKS_OF.get(ticket.type, frozenset()) & known
    others = {kind: words & known for kind, words in TALKS_OF.items() if kind is not ticket.type}
    likeliest = max(others, key=lambda kind: len(others[kind]))
    if len(others[likeliest]) > len(named) + 1:
        seen = ", ".join(sorted(others[likeliest]))
        yield f"It is called {ticket.type} and talks like a {likeliest} ({seen})."
    yield from told_of_past(brief)


def _words(ticket: Ticket) -> list[str]:
    text = (ticket.title, ticket.description, ticket.acceptance_criteria, *ticket.labels)
    return _WORD.findall("\n".join(text).lower())
