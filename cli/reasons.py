"""`why`: what a ticket waits for, on whom, since when, and what its run does not get past."""

from collections.abc import Iterator
from datetime import UTC, datetime

import typer
from pydantic import BaseModel
from rich.text import Text

from cli.awaiting import looked_up
from cli.context import Desk, Needs, at_desk
from cli.deciders import some_of
from cli.evidence import edited, subject_of
from cli.exits import DONE
from cli.hurdles import RunStanding, standing_of, words_of
from cli.obstacles import obstacles
from cli.options import AsJson, Key
from cli.pages import team_of, what_to_do
from cli.reader import Reader
from cli.story import Story
from cli.terminal import elapsed, output, plain
from cli.workers import how_to_start_one
from clients.temporal.hurdles import Hurdle
from contracts.issues import TicketEdit
from contracts.jira_work import Awaited, Pause
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from contracts.prospects import Prospects
from contracts.teams import Assignment
from policy.moments import in_utc
from settings import Settings

Line = str | Text
MOST_PEOPLE = 20


class Reason(BaseModel, frozen=True):
    """What a ticket waits for. `awaited` is None when it waits for nobody. `limit` is the one that
    is reached, `escalated` says who may raise it by now, and why; `deciders` are who may decide,
    answer or grant more; `edits` is how the ticket differs from the one that agents go on by, where
    it is to be approved. `prospects` also say who may not, `untold` that no message on it arrived;
    `pause` begins once it is settled. `hurdles` is None where Temporal does not answer, `worked`
    also where nothing runs."""

    issue_key: str
    status: OrchestrationStatus
    awaited: Awaited | None = None
    question: str | None = None
    limit: str | None = None
    escalated: str | None = None
    deciders: tuple[str, ...] = ()
    prospects: Prospects | None = None
    untold: str | None = None
    edits: tuple[TicketEdit, ...] = ()
    pause: Pause | None = None
    team: Assignment | None = None
    hurdles: tuple[Hurdle, ...] | None = None
    worked: bool | None = None


def why(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """What a ticket waits for, on whom, since when, and what its run does not get past."""

    async def job(desk: Desk) -> int:
        reader, standing = Reader(desk), await standing_of(desk, key)
        found = await reader.latest(key)
        if _is_unopened(reader.row, standing):
            reason = Reason(issue_key=key, status=OrchestrationStatus.ACTIVE)
            lines: Iterator[Line] = iter([f"{key} is started, and not opened yet."])
        else:
            story = await looked_up(desk, found or await reader.demand(key))
            if story.awaited is not None and story.pause is None:
                story = story.model_copy(update={"pause": standing.pause})
            held = bool(standing.run and standing.run.hurdles)
            reason, lines = _reason(story), _explained(story, held=held)
        if as_json:
            print(reason.model_copy(update=_of_run(standing)).model_dump_json())
            return DONE
        for line in (*lines, *_told_of_run(reason, standing, desk.settings)):
            output().print(line)
        return DONE

    at_desk(context, job, Needs.ALL)


def _is_unopened(last: OrchestrationRow | None, standing: RunStanding) -> bool:
    """Whether a run is under way of which Postgres knows nothing yet."""
    if standing.run is None:
        return False
    return last is None or (last.status.terminal and last.run_id != standing.run.run_id)


def _reason(story: Story) -> Reason:
    return Reason(
        issue_key=story.issue_key,
        status=story.status,
        awaited=story.awaited,
        question=story.question.text if story.question else None,
        limit=story.exceeded.reason if story.exceeded else None,
        escalated=story.escalated.why if story.escalated else None,
        deciders=story.prospects.may if story.prospects else (),
        prospects=story.prospects,
        untold=story.untold,
        edits=story.edits,
        pause=story.pause,
        team=story.team,
    )


def _of_run(standing: RunStanding) -> dict[str, object]:
    hurdles = standing.run.hurdles if standing.run else ()
    return {
        "hurdles": None if standing.away else hurdles,
        "worked": standing.worked if standing.run else None,
    }


def _explained(story: Story, *, held: bool) -> Iterator[Line]:
    """`held`: something fails and is tried again, as the lines behind these say."""
    if story.awaited is None:
        doing = f"{story.phase} {'does not get on' if held else 'is at work'}"
        if story.status.terminal:
            doing = "it is over"
        yield f"{story.issue_key} waits for nobody: {story.status.lower()}, {doing}."
        yield from team_of(story)
        if story.failure:
            yield plain(story.failure, 1_000)
        return
    since = story.awaited.since
    yield f"{story.issue_key} waits for {story.awaited.what}, on {story.awaited.whom}."
    yield f"  since {in_utc(since)}, for {elapsed(datetime.now(UTC) - since)}"
    yield from team_of(story)
    if story.question is not None:
        yield f"  “{plain(story.question.text, 1_000)}”"
    yield from _limit(story)
    yield from _asked(story)
    if story.prospects is not None and story.prospects.may:
        yield f"  who may {story.prospects.to}: {some_of(story.prospects.may, MOST_PEOPLE)}"
    yield from (f"  {line}" for line in obstacles(story, whole=True))
    yield f"  {what_to_do(story, asked_is_shown=True)}"


def _limit(story: Story) -> Iterator[Line]:
    if story.exceeded is None:
        return
    yield f"  {plain(story.exceeded.reason, 300)}"
    if story.escalated is not None:
        yield f"  {plain(story.escalated.why, 300)}"


def _asked(story: Story) -> Iterator[Line]:
    if story.asked is None:
        return
    if summary := plain(str(story.asked.subject.get("summary", "")), 1_000):
        yield f"  asked: {summary}"
    yield from subject_of(story, story.asked)
    yield from edited(story.edits, story.issue_key)


def _told_of_run(reason: Reason, standing: RunStanding, settings: Settings) -> Iterator[Line]:
    """Of one that is not over, as far as Postgres knows."""
    if reason.status.terminal:
        return
    if standing.away:
        yield "  Temporal does not answer: whether it gets on is not known."
    elif standing.run is None:
        yield "  Nothing runs in Temporal any more. To see that in the tables: starter.py reconcile"
    elif not standing.worked:
        how = how_to_start_one(settings, reason.issue_key)
        yield f"  No worker is running. Start one: {how}"
    for hurdle in standing.run.hurdles if standing.run else ():
        yield f"  {words_of(hurdle, datetime.now(UTC))}"
