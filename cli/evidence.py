"""What agents found, planned and noted, for the people who answer for it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.text import Text

from cli.story import Story
from cli.terminal import plain
from contracts.agents import PlanStep
from contracts.events import AgentCompleted, ApprovalRequested
from contracts.issues import TicketEdit
from contracts.ledger import ChainedEvent
from policy.ticket_edits import lines_of, words_of

MOST, MOST_ASKED, MOST_LINES = 5, 10, 20
WIDTH = 160


def evidence(events: Iterable[ChainedEvent]) -> Iterator[Text]:
    """A paragraph for each agent that said more than one line."""
    for chained in events:
        done = chained.event
        if isinstance(done, AgentCompleted) and (done.findings or done.relevant or done.plan):
            yield Text(f"{chained.phase} · {chained.agent_name}: {_line(done.summary)}", "bold")
            yield from _details(done)


def steps(plan: Iterable[PlanStep]) -> Iterator[Text]:
    for number, step in enumerate(plan, start=1):
        yield Text(f"  {number}. {_line(step.criterion or step.does)}")
        if step.files:
            yield Text(f"     in {_line(', '.join(step.files))}", "dim")
        if step.check:
            yield Text(f"     check: {_line(step.check)}", "dim")


def subject_of(story: Story, asked: ApprovalRequested) -> Iterator[Text]:
    """What a gate asks about, behind its summary: how often by now, why it asks of a phase that
    lies behind, the plan's steps, what else was found, and the commit."""
    if asked.revision > 1:
        yield Text(f"  asked {asked.revision} times by now")
    if again := asked.subject.get("asked_again"):
        yield Text(f"  why now: {plain(str(again), 300)}")
    yield from steps(PlanStep.model_validate(step) for step in _listed(asked, "plan"))
    for finding in _listed(asked, "findings")[:MOST_ASKED]:
        yield Text(f"  - {plain(str(finding), 300)}")
    yield Text(f"  the change: {_change(story, asked)}")


def _change(story: Story, asked: ApprovalRequested) -> str:
    commit = asked.subject.get("commit")
    if not isinstance(commit, str) or commit == story.base:
        return "none yet"
    where = f"{story.branch} at {plain(commit)[:10]}"
    return f"{where}, which starter.py diff {story.issue_key} shows"


def edited(edits: Sequence[TicketEdit], key: str) -> Iterator[Text]:
    """How the ticket that is to be approved differs from the one that agents work by."""
    if not edits:
        return
    yield Text("  the ticket was changed; agents go on by how it read when the work began:")
    for edit in edits:
        yield Text(f"    {plain(words_of(edit), 600)}")
        lines = list(lines_of(edit))
        yield from (Text(f"      {_line(line)}") for line in lines[:MOST_LINES])
        if (more := len(lines) - MOST_LINES) > 0:
            yield Text(f"      and {more} more lines: starter.py why {key} --json has them")
    told = f"in the comment of your decision, or by starter.py guide {key} TEXT"
    yield Text(f"    tell them what they should heed of it: {told}", "dim")


def _listed(asked: ApprovalRequested, name: str) -> list[Any]:
    """A list of the subject, which is data of whatever version wrote it."""
    value = asked.subject.get(name)
    return value if isinstance(value, list) else []


def _details(done: AgentCompleted) -> Iterator[Text]:
    for file in done.relevant[:MOST]:
        yield Text(f"  {file.path}: {_line(file.reason)}")
    yield from steps(done.plan)
    for finding in done.findings[:MOST]:
        yield Text(f"  - {_line(finding)}", "dim")
    if (more := len(done.findings) - MOST) > 0:
        yield Text(f"  - and {more} more: starter.py history shows them", "dim")


def _line(text: str) -> str:
    return plain(text, WIDTH)
