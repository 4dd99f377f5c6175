"""`status`, `list`, `history`, `why`, `watch`: looking, without touching anything."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import BaseModel

from cli.context import Desk, Needs, at_desk
from cli.decisions import deciders
from cli.events import line_of
from cli.exits import DONE, FAILED
from cli.live import live_redis, live_states
from cli.options import AsJson, Key, one_of
from cli.pages import outcome, progress, team_of, what_to_do
from cli.reader import Reader
from cli.screens import JsonScreen, LineScreen, LiveScreen, Screen
from cli.story import Story
from cli.terminal import elapsed, is_terminal, output, plain, say
from cli.watch import Watch
from contracts.jira_work import Awaited
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from contracts.sessions import LiveState
from contracts.teams import Assignment
from db.history import History
from db.orchestrations import Orchestrations

Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")]
Status = Annotated[
    OrchestrationStatus | None,
    typer.Option(
        "--status",
        metavar="STATUS",
        parser=one_of(OrchestrationStatus, "a status"),
        help="Only these.",
    ),
]


_NOBODY = "nobody yet; make somebody one: python -m db seed --email EMAIL --role MANAGER"


class Reason(BaseModel, frozen=True):
    """What a ticket waits for. `awaited` is None when it waits for nobody."""

    issue_key: str
    status: OrchestrationStatus
    awaited: Awaited | None
    question: str | None = None
    deciders: tuple[str, ...] = ()
    team: Assignment | None = None


def status(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """Where a ticket is."""

    async def job(desk: Desk) -> int:
        show((await Reader(desk).demand(key)).story, as_json)
        return DONE

    at_desk(context, job)


def list_(
    context: typer.Context, limit: Limit = 20, only: Status = None, as_json: AsJson = False
) -> None:
    """The newest attempts at all tickets."""

    async def job(desk: Desk) -> int:
        async with desk.sessions() as session:
            rows = await Orchestrations(session, desk.organization).newest(limit, only)
        async with live_redis(desk) as redis:
            live = await live_states(redis, rows)
        if as_json:
            print(json.dumps([_listed(row, live[row.id]) for row in rows]))
        elif not rows and only is not None:
            output().print(f"No attempt is {only.lower()}. All of them: starter.py list")
        elif not rows:
            output().print("Nothing was worked yet. Start with: starter.py work KEY --repo PATH")
        for row in () if as_json else rows:
            output().print(_row(row, live[row.id]))
        return DONE

    at_desk(context, job, Needs.STORES)


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
        people = await deciders(desk, story.asked, story.requested_by) if story.asked else []
        if as_json:
            print(_reason(story, people).model_dump_json())
        else:
            _explain(story, people)
        return DONE

    at_desk(context, job)


def watch(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """See a ticket being worked until it is over. Exit code 0 if it completed, else 1."""

    async def job(desk: Desk) -> int:
        watch = Watch(desk, key, screen_for(as_json))
        if not await desk.orchestrations.running(key):
            return await conclude(desk, await _left_off(watch), quiet=as_json)
        over = await watch.until_over()
        return await conclude(desk, over, quiet=as_json) if isinstance(over, Story) else DONE

    at_desk(context, job, Needs.ALL)


async def _left_off(watch: Watch) -> Story:
    """Nobody works on it any more: shown as it is."""
    found = await Reader(watch.desk).demand(watch.issue_key)
    watch.screen.show(found.story, found.events)
    if not found.story.status.terminal:
        say(
            f"The workflow of {watch.issue_key} was ended from outside, so nothing works on it "
            f"now. Start again: starter.py work {watch.issue_key} --resume"
        )
    return found.story


def screen_for(as_json: bool) -> Screen:
    if as_json:
        return JsonScreen()
    return LiveScreen() if is_terminal() else LineScreen()


def show(story: Story, as_json: bool) -> None:
    if as_json:
        print(story.model_dump_json())
        return
    for line in progress(story, datetime.now(UTC)):
        output().print(line)


async def conclude(desk: Desk, story: Story, *, quiet: bool) -> int:
    """Shows what came of it; the exit code."""
    if not quiet:
        async with desk.sessions() as session:
            repo_url = await History(session).repository(story.orchestration_id)
        for line in outcome(story, repo_url):
            output().print(line)
    return DONE if story.status is OrchestrationStatus.COMPLETED else FAILED


def _listed(row: OrchestrationRow, live: LiveState) -> dict[str, object]:
    return row.model_dump(mode="json") | {"live": live.model_dump(mode="json")}


def _row(row: OrchestrationRow, live: LiveState) -> str:
    spent = elapsed((row.completed_at or datetime.now(UTC)) - row.started_at)
    began = row.started_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{row.issue_key:<14} {live.status:<10} {live.phase or '':<9} {live.progress or 0:>4.0%} "
        f"attempt {row.attempt}  {began}  {spent:>12}  {plain(row.requested_by, 60)}"
    )


def _reason(story: Story, people: list[str]) -> Reason:
    return Reason(
        issue_key=story.issue_key,
        status=story.status,
        awaited=story.awaited,
        question=story.question.text if story.question else None,
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
        show_line(f"  {plain(story.exceeded.reason, 300)}")
    if story.asked is not None:
        show_line(f"  asked: {plain(str(story.asked.subject.get('summary', '')), 1_000)}")
        for finding in story.asked.subject.get("findings", ()):
            show_line(f"    - {plain(str(finding), 300)}")
        show_line(f"  who may decide: {', '.join(map(plain, people)) or _NOBODY}")
    show_line(f"  {what_to_do(story)}")
