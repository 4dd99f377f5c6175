"""`diff`: what the work on a ticket has changed, as those who decide on it are shown it."""

from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.text import Text

from cli.context import Desk, at_desk
from cli.exits import DONE
from cli.options import AsJson, Attempt, Key
from cli.pages import how_to_look
from cli.reader import Found, Reader
from cli.repositories import repositories_of
from cli.terminal import output, plain
from clients.git.changes import Changes
from contracts.agents import TestReport
from contracts.approval_links import ChangeSoFar, FileChange
from contracts.events import TestRunCompleted
from contracts.risk import RiskQuestion
from db.history import History
from policy.diffs import displayed
from policy.redaction import Redaction
from settings import secrets

Stat = Annotated[bool, typer.Option("--stat", help="The files alone.")]
COLOURS = {"+": "green", "-": "red", "@": "cyan", "d": "bold"}


class Changed(BaseModel, frozen=True):
    """The change of one attempt, from `base` to `commit`. None of both, and of `change`, where
    nothing was changed yet."""

    issue_key: str
    attempt: int | None
    branch: str | None
    repo_url: str
    base: str | None
    commit: str | None
    change: ChangeSoFar | None


def diff(
    context: typer.Context,
    key: Key,
    stat: Stat = False,
    attempt: Attempt = None,
    as_json: AsJson = False,
) -> None:
    """What the work on a ticket has changed so far. Secrets are blacked out."""

    async def job(desk: Desk) -> int:
        changed = await change_of(desk, await Reader(desk, attempt).demand(key))
        if as_json:
            print(changed.model_dump_json())
            return DONE
        for line in lines(changed, whole=not stat):
            output().print(line)
        return DONE

    at_desk(context, job)


async def change_of(desk: Desk, found: Found) -> Changed:
    """Raises what reading the repository raises."""
    story = found.story
    async with desk.sessions() as session:
        repo_url = await History(session).repository(story.orchestration_id)
    changed = Changed(
        issue_key=story.issue_key,
        attempt=story.attempt,
        branch=story.branch,
        repo_url=repo_url,
        base=story.base,
        commit=story.commit,
        change=None,
    )
    if story.base is None or story.commit is None:
        return changed
    question = RiskQuestion(
        repo_url=repo_url,
        start_commit=story.base,
        commit=story.commit,
        tests=_last_tests(found),
    )
    changes = Changes(lambda _: repositories_of(desk), Redaction(secrets()))
    change = await changes.read(desk.organization, question)
    return changed.model_copy(update={"change": change})


def lines(changed: Changed, *, whole: bool) -> Iterator[Text]:
    """The files and the risk; the diff only for the `whole` of it."""
    change = changed.change
    if change is None or not change.files:
        yield Text(f"The work on {changed.issue_key} has changed nothing yet.")
        return
    assessed = change.assessment
    reasons = f": {'; '.join(assessed.reasons)}" if assessed.reasons else ""
    yield Text(f"{changed.branch} at {(changed.commit or '')[:10]}", "bold")
    yield Text(f"risk {assessed.risk.lower()}{plain(reasons)}", "dim")
    for file in change.files:
        yield Text(f"  {_count(file):>12}  {plain(file.path)}")
    if whole:
        yield from map(_line, displayed(change.diff))
    if whole and change.cut:
        where = how_to_look(changed.branch, changed.repo_url)
        yield Text(f"It is longer than this. All of it: {where}", "yellow")


def _count(file: FileChange) -> str:
    return "binary" if file.added is None else f"+{file.added} -{file.deleted}"


def _line(line: str) -> Text:
    return Text(line, COLOURS.get(line[:1], "") if not line.startswith(("+++", "---")) else "bold")


def _last_tests(found: Found) -> TestReport | None:
    runs = (one.event for one in reversed(found.events))
    return next((run.report for run in runs if isinstance(run, TestRunCompleted)), None)
