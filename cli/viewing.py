"""`watch`: a ticket being worked, seen as it happens."""

import typer

from cli.connected import ConnectedDesk, at_connected_desk
from cli.exits import DONE, FAILED
from cli.options import AsJson, Key
from cli.pages import outcome
from cli.reader import Reader
from cli.repositories import repositories_of
from cli.screens import JsonScreen, LineScreen, LiveScreen, Screen
from cli.story import Story
from cli.terminal import can_redraw, output, say
from cli.watch import Watch
from clients.git.whereabouts import whereabouts
from contracts.conclusions import Whereabouts
from contracts.orchestrations import OrchestrationStatus
from db.history import History


def watch(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """See a ticket being worked until it is over. Exit code 0 if it completed, else 1."""

    async def job(desk: ConnectedDesk) -> int:
        watch = Watch(desk, key, screen_for(as_json))
        if not await desk.orchestrations.running(key):
            return await conclude(desk, await _left_off(watch), quiet=as_json)
        over = await watch.until_over()
        return await conclude(desk, over, quiet=as_json) if isinstance(over, Story) else DONE

    at_connected_desk(context, job)


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
    return LiveScreen() if can_redraw() else LineScreen()


async def conclude(desk: ConnectedDesk, story: Story, *, quiet: bool) -> int:
    """Shows what came of it; the exit code."""
    if not quiet:
        async with desk.sessions() as session:
            repo_url = await History(session).repository(story.orchestration_id)
        found = await _branch(desk, story, repo_url)
        for line in outcome(story, repo_url, found):
            output().print(line)
    return DONE if story.status is OrchestrationStatus.COMPLETED else FAILED


async def _branch(desk: ConnectedDesk, story: Story, repo_url: str) -> Whereabouts | None:
    """As it is seen from here, which is not always where the worker sees it from."""
    branch = story.branch
    if branch is None or story.commit is None:
        return None
    # Within it, since the state's folder may be somebody else's.
    return await whereabouts(lambda: repositories_of(desk).branch_commit(repo_url, branch))
