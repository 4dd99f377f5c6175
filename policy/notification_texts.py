"""The words of each message: what happened, why, until when, and how to answer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from contracts.notifications import Occasion
from contracts.text import clipped, one_line
from policy.moments import in_utc

MAX_SUBJECT, MAX_BODY = 200, 10_000
Text = tuple[str, str]


def text_of(event_type: str, occasion: Occasion) -> Text:
    """Subject (one line) and body, plain text. What people wrote comes as they wrote it: escaping
    is for the channel that gives it a meaning."""
    what, rest = TEXTS.get(event_type, _other(event_type))(occasion)
    subject = clipped(one_line(f"{occasion.issue_key}: {what}"), MAX_SUBJECT)
    lines = [occasion.title and f"{occasion.issue_key} · {occasion.title}", *rest]
    if occasion.link:
        lines.append(f"Look: {occasion.link}")
    lines.append(f"More: starter.py status {occasion.issue_key}")
    return subject, clipped("\n".join(line for line in lines if line), MAX_BODY)


def _started(occasion: Occasion) -> tuple[str, list[str]]:
    return "work has started", [f"Asked for by {occasion.by}." if occasion.by else ""]


def _phase_completed(occasion: Occasion) -> tuple[str, list[str]]:
    return f"{occasion.phase or 'a phase'} is done", [_why(occasion)]


def _completed(occasion: Occasion) -> tuple[str, list[str]]:
    commit = f"The work is at commit {occasion.commit}." if occasion.commit else ""
    return "completed", [commit, occasion.reason]


def _failed(occasion: Occasion) -> tuple[str, list[str]]:
    again = f"Go on from the last checkpoint: starter.py work {occasion.issue_key} --resume"
    return f"failed{_in(occasion)}", [_why(occasion), again]


def _blocked(occasion: Occasion) -> tuple[str, list[str]]:
    answer = f'Answer: starter.py answer {occasion.issue_key} "…"'
    return f"an agent is blocked{_in(occasion)}", [_why(occasion), answer]


def _asked(occasion: Occasion) -> tuple[str, list[str]]:
    answer = f'Answer: starter.py answer {occasion.issue_key} "…"'
    return "an agent has a question", [occasion.reason, _until(occasion), answer]


def _approval(occasion: Occasion) -> tuple[str, list[str]]:
    if occasion.stuck:
        return f"too few may decide, so it waits in vain: {occasion.gate}", _how_to_decide(occasion)
    return f"your approval is asked: {occasion.gate}", _how_to_decide(occasion)


def _escalated(occasion: Occasion) -> tuple[str, list[str]]:
    return f"nobody has decided yet: {occasion.gate}", _how_to_decide(occasion)


def _breached(occasion: Occasion) -> tuple[str, list[str]]:
    return f"a service level is broken{_in(occasion)}", _late(occasion)


def _warned(occasion: Occasion) -> tuple[str, list[str]]:
    return f"a service level is in danger{_in(occasion)}", _late(occasion)


def _late(occasion: Occasion) -> list[str]:
    advice = f"Say that you know of it: starter.py acknowledge {occasion.issue_key}"
    return [_why(occasion), _until(occasion), advice]


def _over_budget(occasion: Occasion) -> tuple[str, list[str]]:
    return f"a limit is reached{_in(occasion)}", _how_to_grant(occasion)


def _budget_escalated(occasion: Occasion) -> tuple[str, list[str]]:
    return f"nobody has granted more yet{_in(occasion)}", _how_to_grant(occasion)


def _how_to_grant(occasion: Occasion) -> list[str]:
    """A reminder is told by the run itself, and does not know what is lacking."""
    key, lacking = occasion.issue_key, occasion.lacking
    grant = f'starter.py budget raise {key} {lacking.option if lacking else "…"} --comment "…"'
    return [
        f"Asked for by {occasion.by}." if occasion.by else "",
        _why(occasion),
        "It waits until you grant more, or end it.",
        f"Grant: {grant}",
        "" if lacking else f"       (what is lacking says starter.py why {key})",
        f'End it: starter.py budget refuse {key} --comment "…"',
    ]


def _how_to_decide(occasion: Occasion) -> list[str]:
    key = occasion.issue_key
    by_comment = f"or comment on the ticket: /approve {occasion.code}" if occasion.code else ""
    return [
        occasion.stuck,
        f"Asked for by {occasion.by}." if occasion.by else "",
        _why(occasion),
        _until(occasion),
        f"Decide: starter.py approve {key} --gate {occasion.gate}",
        f'        starter.py request-changes {key} --gate {occasion.gate} --comment "…"',
        f'        starter.py reject {key} --gate {occasion.gate} --comment "…"',
        by_comment,
    ]


def _why(occasion: Occasion) -> str:
    return f"Why: {occasion.reason}" if occasion.reason else ""


def _until(occasion: Occasion) -> str:
    if occasion.until is None:
        return ""
    return f"Until: {in_utc(occasion.until)}"


def _in(occasion: Occasion) -> str:
    return f" in {occasion.phase}" if occasion.phase else ""


def _other(event_type: str) -> Callable[[Occasion], tuple[str, list[str]]]:
    return lambda occasion: (event_type, [_why(occasion), _until(occasion)])


def _triaged(occasion: Occasion) -> tuple[str, list[str]]:
    """Where there is no card, which says more."""
    return "a customer's ticket", [occasion.reason]


TEXTS: Mapping[str, Callable[[Occasion], tuple[str, list[str]]]] = MappingProxyType(
    {
        "OrchestrationStarted": _started,
        "PhaseCompleted": _phase_completed,
        "OrchestrationCompleted": _completed,
        "OrchestrationFailed": _failed,
        "AgentBlocked": _blocked,
        "QuestionAsked": _asked,
        "ApprovalRequested": _approval,
        "ApprovalEscalated": _escalated,
        "SlaViolated": _breached,
        "SlaWarned": _warned,
        "SlaCritical": _warned,
        "BudgetExceeded": _over_budget,
        "BudgetEscalated": _budget_escalated,
        "TicketTriaged": _triaged,
        "TriageFailed": _triaged,
    }
)
