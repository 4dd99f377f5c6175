"""Starts the work on a ticket and, if wished, stays until it is over."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cli import wish as wishes
from cli.choices import remarks
from cli.coder import check_arguments
from cli.connected import ConnectedDesk
from cli.ending import ending
from cli.exits import DONE, FAILED, ServerAwayError
from cli.gatekeeper import Gatekeeper
from cli.hurdles import words_of
from cli.options import who_am_i
from cli.pages import plan, unmanned, what_to_do
from cli.predecessors import foretold
from cli.reader import Reader
from cli.repositories import repositories_of
from cli.screens import LineScreen, LiveScreen, Screen, SilentScreen
from cli.story import Story
from cli.terminal import can_redraw, is_terminal, output, plain, say
from cli.tickets import known_repository, settle
from cli.viewing import conclude
from cli.watch import Watch
from cli.wish import Wish
from cli.workers import is_worked, kept_worked
from contracts.jira_work import WorkOutcome
from contracts.orchestrations import OrchestrationRow, OrchestrationStatus
from errors import AlreadyCompletedError
from policy.choices import already_completed

OPENED_WITHIN = 20.0


@dataclass(frozen=True)
class Manner:
    """How the command itself behaves."""

    by: str | None
    watch: bool
    yes: bool
    allow_dirty: bool
    as_json: bool


async def start_work(desk: ConnectedDesk, wish: Wish, manner: Manner) -> int:
    """The exit code."""
    me = who_am_i(desk.settings, manner.by)
    # In this order: what is over when we look, is over whatever others start meanwhile.
    reader = Reader(desk)
    last = await reader.latest(wish.key)
    running = await is_running(desk, wish.key, reader.row)
    before = _finished(last.story, wish, running=running) if last else None
    if running and wish.options.dry_run:
        say(f"{wish.key} is being worked already: to start it now would change nothing.")
        return await _left(Watch(desk, wish.key, SilentScreen(), before=before), manner)
    title = await _prepared(desk, wish, manner, me)
    if running:
        say(f"{wish.key} is being worked already; what you asked for now changes nothing.")
    order = wish.order(desk.organization, me)
    for line in [] if running else remarks(foretold(order, last)):
        say(line)
    await desk.orchestrations.start(order, title)
    screen = _screen(manner)
    watch = Watch(desk, wish.key, screen, before=before)
    if manner.yes or (is_terminal() and not manner.as_json):
        gatekeeper = Gatekeeper(desk, screen, me, manner.yes)
        watch.attend = gatekeeper.attend
        if manner.yes and not manner.watch:
            gatekeeper.leave = watch.leave
    elif not manner.watch:
        watch.leaves = True
    if await _stays(desk, wish, manner):
        return await _shown(desk, await watch.until_over(), manner)
    return await _left(watch, manner)


async def is_running(desk: ConnectedDesk, key: str, last: OrchestrationRow | None) -> bool:
    """Whether a ticket is being worked. A run whose last words are in Postgres, but whose worker
    died before its very end, is seen to that: until then no other one can begin."""
    run = await desk.orchestrations.running_run(key)
    if run is None or last is None or not last.status.terminal or last.run_id != run:
        return run is not None
    async with kept_worked(desk), ending(desk.orchestrations, key) as end:
        await asyncio.wait((end,), timeout=OPENED_WITHIN)
    return await desk.orchestrations.running(key)


def _finished(last: Story, wish: Wish, *, running: bool) -> UUID | None:
    """The attempt, if it is over. Raises AlreadyCompletedError before anything is begun."""
    if running:
        return last.orchestration_id if last.status.terminal else None
    options, completed = wish.options, last.status is OrchestrationStatus.COMPLETED
    assert last.attempt is not None
    if completed and not options.again:
        raise AlreadyCompletedError(
            f"{already_completed(wish.key, last.attempt, options)}, or look at it: "
            f"starter.py status {wish.key}"
        )
    return last.orchestration_id


async def _prepared(desk: ConnectedDesk, wish: Wish, manner: Manner, me: str) -> str:
    """The ticket's title, once everything is there that the work needs."""
    known = await known_repository(desk, wish)
    repo_url = wish.repo or known or ""
    # A path that is known already may be one of the worker's machine, not of this one.
    if wish.repo is not None or await asyncio.to_thread(Path(repo_url).is_dir):
        repo_url = await wishes.repository(
            repo_url, repositories_of(desk), allow_dirty=manner.allow_dirty
        )
    await check_arguments(wish.coder, repo_url, repositories_of(desk))
    return (await settle(desk, wish, repo_url, me)).title


def _screen(manner: Manner) -> Screen:
    if manner.as_json:
        return SilentScreen()
    return LiveScreen() if can_redraw() else LineScreen(advise=not manner.yes)


async def _stays(desk: ConnectedDesk, wish: Wish, manner: Manner) -> bool:
    """With the embedded stack and no worker, leaving would mean that nothing happens."""
    if manner.watch or manner.yes or wish.options.dry_run:
        return True
    return desk.embedded and not await is_worked(desk)


async def _shown(desk: ConnectedDesk, over: Story | WorkOutcome, manner: Manner) -> int:
    if manner.as_json:
        print(over.model_dump_json())
    if isinstance(over, Story) and not over.status.terminal:
        return _waiting(over, quiet=manner.as_json)
    if isinstance(over, Story):
        return await conclude(desk, over, quiet=manner.as_json)
    if not manner.as_json:
        branch = plain(over.branch)
        output().print(f"Dry run: attempt {over.attempt} would be worked on branch {branch}:")
        for line in plan(over.planned):
            output().print(line)
    return DONE


def _waiting(story: Story, *, quiet: bool) -> int:
    """Nobody is here who could be asked, so staying would be waiting for days."""
    key, awaited = story.issue_key, story.awaited
    assert awaited is not None
    if not quiet:
        output().print(f"{key} waits for {awaited.what}, on {awaited.whom}; nothing is lost.")
    say(
        "Nobody can be asked here, so this ends, and a worker of its own with it. To go on, keep "
        f"a worker (make up, or starter.py watch {key} in another terminal), then: "
        f"{what_to_do(story)}"
    )
    return DONE


async def _left(watch: Watch, manner: Manner) -> int:
    """Waits until it is opened, so that what makes an opening fail is said here."""
    key = watch.issue_key
    watch.screen = SilentScreen()
    try:
        async with asyncio.timeout(OPENED_WITHIN):
            begun = await watch.until_opened()
    except TimeoutError as error:
        raise ServerAwayError(await _why_unopened(watch.desk, key)) from error
    if isinstance(begun, WorkOutcome) and begun.dry_run:
        say(f"Somebody's dry run of {key} was just under way. Say it again to work the ticket.")
        return FAILED
    if manner.as_json:
        print(begun.model_dump_json())
    else:
        _say_begun(key, begun)
    return DONE


def _say_begun(key: str, begun: Story | WorkOutcome) -> None:
    how = f"attempt {begun.attempt}, branch {begun.branch}"
    if isinstance(begun, Story):
        how += f", playbook {begun.playbook}"
        for line in unmanned(begun.unmanned):
            say(f"{key}: {line}.")
    output().print(f"{key} is being worked ({how}).")
    output().print(f"See it: starter.py watch {key}")


async def _why_unopened(desk: ConnectedDesk, key: str) -> str:
    run = await desk.orchestrations.underway(key)
    if run is not None and run.hurdles:
        words = words_of(run.hurdles[0], datetime.now(UTC))
        return f"{key} is started, and not opened yet (starter.py why {key}): {words}"
    return (
        f"{key} is started, but no worker has begun it yet. Is one running? It begins when there "
        f"is one: starter.py watch {key}"
    )
