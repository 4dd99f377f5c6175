"""How a request for approval looks: what, why, until when, who else, and the buttons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from contracts.agents import FailedTest, PlanStep, TestReport
from contracts.approval_links import ApprovalPage, ChangeSoFar, DecisionMade, FileChange
from contracts.issues import TicketEdit
from contracts.text import clipped
from policy.approval_pages import Notice, left, moment
from policy.diffs import displayed
from policy.ticket_edits import edits, lines_of, words_of
from web.html import Html, join, tag
from web.pages import box

MOST_FILES, MOST_LINES, MOST_FINDINGS, MOST_PEOPLE = 60, 1_500, 20, 12
LONG = 4_000
WORKED_BY = (
    "Agents go on by the ticket as it read then, also after you approve. Say in your comment what "
    "they should heed of this: it is handed to those that come next."
)
KINDS = {"+": "in", "-": "out", "@": "at"}


@dataclass(frozen=True)
class Shown:
    """`change` is None where it can't be shown here. `comment` is what was typed before."""

    request: ApprovalPage
    person: str
    change: ChangeSoFar | None
    now: datetime
    notice: Notice | None = None
    comment: str = ""


def request_page(shown: Shown) -> Iterator[Html]:
    request = shown.request
    if shown.notice is not None:
        yield box(shown.notice)
    yield tag("h1", f"{request.issue_key} · {request.title}")
    asked = f"Your decision is asked, {shown.person}: may the work go on after “"
    yield tag("p", asked, tag("b", request.gate.name), "”? ", tag("a", "Decide", href="#decide"))
    yield _facts(shown)
    if request.asked_again:
        yield _section("Why it is asked now", _said(request.asked_again))
    yield from _edits(request)
    if request.summary:
        yield _section("What its phase said", _said(request.summary))
    if request.plan:
        yield _section("The plan", tag("ol", *map(_step, request.plan)))
    if request.findings:
        found = [tag("li", clipped(one, LONG)) for one in request.findings[:MOST_FINDINGS]]
        yield _section("What the agents noted", tag("ul", *found))
    yield from _change(shown)
    yield _tests(request.tests)
    if request.description:
        body = _said(clipped(request.description, LONG))
        yield tag("details", tag("summary", "The ticket, as it reads now"), body)
    yield _section("Who else", *_others(request))
    yield _form(shown.comment, asks_why=shown.notice is not None and shown.notice.status == 422)


def _edits(request: ApprovalPage) -> Iterator[Html]:
    """Whoever approves the ticket as it is now must know that it is not what is worked by."""
    if request.ticket is None or request.frozen is None:
        return
    if found := edits(request.frozen, request.ticket):
        yield _section(
            "The ticket was changed since the work began",
            tag("p", WORKED_BY),
            tag("ul", *map(_edit, found)),
        )


def _edit(edit: TicketEdit) -> Html:
    lines = [_line(clipped(line)) for line in islice(lines_of(edit), MOST_LINES)]
    return tag("li", clipped(words_of(edit), LONG), tag("pre", *lines) if lines else None)


def _facts(shown: Shown) -> Html:
    request, rows = shown.request, []
    if request.expires_at is not None:
        until = f"{moment(request.expires_at)} ({left(request.expires_at, shown.now)})"
        rows.append(("Until", tag("dd", until)))
    rows.append(("Asked for by", tag("dd", request.requested_by)))
    rows.append(("Risk", _risk(shown.change)))
    rows.append(("Tests", tag("dd", _count(request.tests))))
    at = f" at {request.commit[:12]}" if request.commit else ""
    rows.append(("Branch", tag("dd", tag("code", request.branch + at))))
    return tag("dl", *(join(tag("dt", name), value) for name, value in rows), class_="facts")


def _risk(change: ChangeSoFar | None) -> Html:
    if change is None:
        return tag("dd", "not known here")
    if not change.files:
        return tag("dd", "nothing is changed yet")
    assessed = change.assessment
    why = f" — {'; '.join(assessed.reasons)}" if assessed.reasons else ""
    return tag("dd", tag("span", assessed.risk.lower(), class_=str(assessed.risk)), why)


def _count(tests: TestReport | None) -> Html:
    if tests is None:
        return join("none have run")
    word = tag("span", "green" if tests.green else "red", class_="green" if tests.green else "red")
    covered = f", {tests.coverage}% covered" if tests.coverage is not None else ""
    return join(word, f": {tests.counts}{covered}")


def _tests(tests: TestReport | None) -> Html:
    if tests is None or not tests.failures:
        return join()
    failures = [_failure(one) for one in tests.failures[:MOST_FINDINGS]]
    more = len(tests.failures) - len(failures)
    failures += [tag("li", f"and {more} more")] if more > 0 else []
    return _section("Failing tests", tag("ul", *failures))


def _failure(one: FailedTest) -> Html:
    """What is wrong with the whole run is its own name."""
    more = _said(clipped(one.message, 1_000)) if one.message != one.name else join()
    return tag("li", tag("b", one.name), more)


def _step(step: PlanStep) -> Html:
    details = [", ".join(step.files) and f"In {', '.join(step.files)}."]
    details.append(step.check and f"Check: {step.check}")
    what = step.does if not step.criterion else f"{step.criterion} — {step.does}"
    hints = [tag("div", one, class_="hint") for one in details if one]
    return tag("li", clipped(what, LONG), *hints)


def _change(shown: Shown) -> Iterator[Html]:
    change, request = shown.change, shown.request
    if change is None:
        where = f"The branch {request.branch} of {request.repo_url}"
        at = f" at commit {request.commit}" if request.commit else ""
        yield _section("The change", tag("p", f"It can't be shown here. {where}{at} has it."))
    elif change.files:
        files = [_file(one) for one in change.files[:MOST_FILES]]
        more = len(change.files) - len(files)
        files += [tag("li", f"and {more} more")] if more > 0 else []
        yield _section("The change", tag("ul", *files), *_diff(change))


def _file(file: FileChange) -> Html:
    count = "binary" if file.added is None else f"+{file.added} −{file.deleted}"  # noqa: RUF001
    return tag("li", tag("code", file.path), f" {count}")


def _diff(change: ChangeSoFar) -> Iterator[Html]:
    lines = displayed(change.diff)
    shown = [_line(line) for line in lines[:MOST_LINES]]
    if not shown:
        return
    cut = change.cut or len(lines) > MOST_LINES
    note = tag("p", "It is longer than this: the branch has all of it.") if cut else None
    # Small enough for one look, it needs no click.
    small = len(lines) <= 40
    body = tag("pre", *shown, tabindex="0", aria_label="The diff")
    yield tag("details", tag("summary", "The diff"), body, note, open=small)


def _line(line: str) -> Html:
    kind = KINDS.get(line[:1]) if not line.startswith(("+++", "---")) else None
    text = join(line, "\n")
    return tag("span", text, class_=kind) if kind else text


def _others(request: ApprovalPage) -> Iterator[Html]:
    stages, level = request.gate.stages, request.gate.level(request.level)
    if len(stages) > 1:
        yield tag("p", f"This is level {request.level} of {len(stages)}: {level.name}.")
    missing = f" {request.missing} more must agree." if level.needed > 1 else ""
    yield tag("p", f"It needs {level.words(request.escalated)}.{missing}")
    if request.deciders:
        names = ", ".join(request.deciders[:MOST_PEOPLE])
        more = len(request.deciders) - MOST_PEOPLE
        yield tag("p", f"Who still may: {names}{f' and {more} more' if more > 0 else ''}.")
    if request.votes:
        yield tag("ul", *(_vote(vote) for vote in request.votes))
    else:
        yield tag("p", "Nobody has decided yet.", class_="quiet")


def _vote(vote: DecisionMade) -> Html:
    lent = f" for {vote.on_behalf_of}" if vote.on_behalf_of else ""
    said = f": “{clipped(vote.comment, 500)}”" if vote.comment else ""
    word = vote.decision.lower().replace("_", " ")
    return tag("li", tag("b", word), f" by {vote.by}{lent}, {moment(vote.at)}{said}")


def _form(comment: str, asks_why: bool) -> Html:
    """No field is needed but the button's own: it must work without a script."""
    typed = tag(
        "textarea",
        comment,
        id="comment",
        name="comment",
        maxlength="10000",
        aria_describedby="hint",
        autofocus=asks_why,
    )
    return tag(
        "form",
        tag("h2", "Your decision"),
        tag("label", "Comment", for_="comment"),
        tag("div", "Needed to ask for changes and to reject.", id="hint", class_="hint"),
        typed,
        tag(
            "div",
            _button("APPROVE", "Approve", "yes"),
            _button("REQUEST_CHANGES", "Request changes", "changes"),
            _button("REJECT", "Reject", "no"),
            _button("COMMENT", "Only send the comment, decide later", "only"),
            class_="buttons",
        ),
        tag("p", "To reject ends the work; to request changes repeats the phase.", class_="hint"),
        method="post",
        id="decide",
    )


def _button(value: str, words: str, kind: str) -> Html:
    return tag("button", words, type="submit", name="decision", value=value, class_=kind)


def _section(title: str, *body: Html) -> Html:
    return tag("section", tag("h2", title), *body)


def _said(text: str) -> Html:
    return tag("div", text, class_="said")
