"""What stands between what is awaited and those who settle it, in lines for people."""

from collections.abc import Iterator

from cli.story import Story
from cli.terminal import plain
from contracts.jira_work import Pause
from contracts.orchestrations import OrchestrationStatus


def obstacles(story: Story, *, whole: bool) -> Iterator[str]:
    """As far as somebody has looked (cli/awaiting.py). Not `whole`: without who is barred and
    why, which `why` says."""
    if story.prospects is not None and story.prospects.short:
        yield from _stuck(story, whole=whole)
    if story.untold is not None:
        yield story.untold
    if story.pause is not None:
        yield _paused(story, story.pause)


def _stuck(story: Story, *, whole: bool) -> Iterator[str]:
    assert story.prospects is not None
    prospects = story.prospects
    more = "" if whole else f"; starter.py why {story.issue_key} says why, and what to do"
    yield f"{prospects.words}{more}"
    if whole:
        yield from (f"  {plain(one.why, 300)}" for one in prospects.barred)
        yield f"  {plain(prospects.advice, 600)}"


def _paused(story: Story, pause: Pause) -> str:
    """A gate is the end of its phase; after an answer the phase is worked to its end."""
    when = "paused as soon as this is decided"
    if story.status is OrchestrationStatus.PAUSED:
        when = "paused"
    elif story.asked is None:
        when = f"pauses after {story.phase}, once this is answered"
    why = f": {plain(pause.reason, 300)}" if pause.reason else ""
    return f"{when} (by {plain(pause.by, 100)}{why})"
