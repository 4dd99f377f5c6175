"""`status`, `history`, `why`: looking, without touching anything."""

import json
from datetime import UTC, datetime

import typer
from pydantic import BaseModel

from cli.budget_holders import holders
from cli.context import Desk, at_desk
from cli.deciders import deciders
from cli.events import line_of
from cli.exits import DONE
from cli.options import AsJson, Key
from cli.pages import progress, team_of, what_to_do
from cli.reader import Reader
from cli.story import Story
from cli.terminal import elapsed, output, plain
from contracts.events import BudgetExceeded
from contracts.jira_work import Awaited
from contracts.orchestrations import OrchestrationStatus
from contracts.teams import Assignment

_NOBODY = "nobody yet; make somebody one: python -m db seed --email EMAIL --role MANAGER"


class Reason(BaseModel, frozen=True):
    """What a ticket waits for. `awaited` is None when it waits for nobody. `limit` is the one that
    is reached, `escalated` says who may raise it by now, and why; `deciders` are who may decide or
    grant more."""

    issue_key: str
    status: OrchestrationStatus
    awaited: Awaited | None
    question: str | None = None
    limit: str | None = None
    escalated: str | None = None
    deciders: tuple[str, ...] = ()
    team: Assignment | None = None


def status(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """Where a ticket is."""

    async def job(desk: Desk) -> int:
        show((await Reader(desk).demand(key)).story, as_json)
        return DONE

    at_desk(context, job)


def history(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """What happened in the newest attempt, from the ledger."""

    async def job(desk: Desk) -> int:
        for event in (await Reader(desk).demand(key)).events:
            if as_json:
                print(json.dumps(event.model_dump(mode="json")))
            else:
                output().print(line_of(event))
        return DONE

    at_desk(context, job)


def why(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """What a ticket waits for, on whom, since when."""

    async def job(desk: Desk) -> int:
        story = (await Reader(desk).demand(key)).story
        people = await _who_may(desk, story)
        if as_json:
            print(_reason(story, people).model_dump_json())
        else:
            _explain(story, people)
        return DONE

    at_desk(context, job)


def show(story: Story, as_json: bool) -> None:
    if as_json:
        print(story.model_dump_json())
        return
    for line in progress(story, datetime.now(UTC)):
        output().print(line)


async def _who_may(desk: Desk, story: Story) -> list[str]:
    if story.asked is not None:
        return await deciders(desk, story.asked, story.requested_by)
    return await holders(desk, story) if story.exceeded is not None else []


def _explain_limit(story: Story, exceeded: BudgetExceeded, people: list[str]) -> None:
    show_line = output().print
    show_line(f"  {plain(exceeded.reason, 300)}")
    if story.escalated is not None:
        show_line(f"  {plain(story.escalated.why, 300)}")
    if story.asked is None:
        show_line(f"  who may grant more: {', '.join(map(plain, people)) or _NOBODY}")


def _reason(story: Story, people: list[str]) -> Reason:
    return Reason(
        issue_key=story.issue_key,
        status=story.status,
        awaited=story.awaited,
        question=story.question.text if story.question else None,
        limit=story.exceeded.reason if story.exceeded else None,
        escalated=story.escalated.why if story.escalated else None,
        deciders=tuple(people),
        team=story.team,
    )


def _explain(story: Story, people: list[str]) -> None:
    show_line = output().print
    if story.awaited is None:
        doing = f"{story.phase} is at work" if not story.status.terminal else "it is over"
        show_line(f"{story.issue_key} waits for nobody: {story.status.lower()}, {doing}.")
        for line in team_of(story):
            show_line(line)
        if story.failure:
            show_line(plain(story.failure, 1_000))
        return
    since = story.awaited.since
    show_line(f"{story.issue_key} waits for {story.awaited.what}, on {story.awaited.whom}.")
    clock = since.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    show_line(f"  since {clock}, for {elapsed(datetime.now(UTC) - since)}")
    for line in team_of(story):
        show_line(line)
    if story.question is not None:
        show_line(f"  “{plain(story.question.text, 1_000)}”")
    if story.exceeded is not None:
        _explain_limit(story, story.exceeded, people)
    if story.asked is not None:
        if summary := plain(str(story.asked.subject.get("summary", "")), 1_000):
            show_line(f"  asked: {summary}")
        for finding in story.asked.subject.get("findings", ()):
            show_line(f"    - {plain(str(finding), 300)}")
        show_line(f"  who may decide: {', '.join(map(plain, people)) or _NOBODY}")
    show_line(f"  {what_to_do(story, asked_is_shown=True)}")
