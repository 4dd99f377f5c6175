"""What is shown of an orchestration: while it runs, and when it is over."""

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from cli.choices import lines as taken_over
from cli.obstacles import obstacles
from cli.story import Story
from cli.terminal import elapsed, plain
from contracts.approvals import CODE_LENGTH
from contracts.conclusions import Whereabouts
from contracts.jira_work import PhaseProgress, PlannedPhase
from contracts.orchestrations import OrchestrationStatus
from contracts.phases import CHANGING, Phase, PhaseStatus, Shortfall
from contracts.stories import TestCount
from contracts.text import MAX_COMMENT
from policy.conclusions import strayed

WIDTH, SHORTEST_NOTE = 130, 20
MARKS = {
    PhaseStatus.RUNNING: ("▸", "cyan"),
    PhaseStatus.COMPLETED: ("✓", "green"),
    PhaseStatus.SKIPPED: ("·", "dim"),
    PhaseStatus.FAILED: ("✗", "red"),
    PhaseStatus.CANCELLED: ("✗", "yellow"),
    Shortfall.RED: ("✗", "red"),
    Shortfall.SENT_BACK: ("↩", "yellow"),
    Shortfall.REJECTED: ("✗", "red"),
}
COLOURS = {
    OrchestrationStatus.ACTIVE: "cyan",
    OrchestrationStatus.PAUSED: "yellow",
    OrchestrationStatus.COMPLETED: "green",
    OrchestrationStatus.FAILED: "red",
    OrchestrationStatus.CANCELLED: "yellow",
}


def unmanned(phases: Sequence[Phase]) -> Iterator[str]:
    if phases:
        where = " and ".join(phases)
        yield f"no agent is named for {where}: nobody changes anything there (work --agent)"


def width_of(console: Console) -> int:
    """Where no person reads it, lines are as long as on a wide terminal."""
    return min(WIDTH, console.width) if console.is_terminal else WIDTH


def progress(story: Story, now: datetime, width: int = WIDTH) -> list[Text]:
    """The page of `status` and `watch`. A phase takes one line of so many characters."""
    spent = elapsed((story.completed_at or now) - story.started_at)
    head = Text.assemble(
        (f"{story.issue_key} · {plain(story.title, 80)}", "bold"),
        "  ",
        (story.status, COLOURS[story.status]),
        f"  attempt {story.attempt}  {spent}",
    )
    before = [Text(f"  {line}", "dim") for line in taken_over(story.taken_over)]
    lines = [head, *team_of(story), *before, *(_phase(told, now, width) for told in story.phases)]
    lines += [Text(f"  {line}", "yellow") for line in unmanned(story.unmanned)]
    if story.awaited is not None:
        since = elapsed(now - story.awaited.since)
        waits = f"waits for {story.awaited.what}, on {story.awaited.whom}, since {since}"
        asked = [Text(f"  “{plain(story.question.text, 300)}”")] if story.question else []
        if story.exceeded is not None:
            asked.append(Text(f"  {plain(story.exceeded.reason, 300)}"))
        asked += [Text(f"  {line}", "yellow") for line in obstacles(story, whole=False)]
        lines += [Text(waits, "yellow"), *asked, Text(f"  {what_to_do(story)}", "dim")]
    if story.failure:
        lines.append(Text(f"  {plain(story.failure, 600)}", "red"))
    if story.status in (OrchestrationStatus.FAILED, OrchestrationStatus.CANCELLED):
        key = story.issue_key
        lines.append(Text(f"  what happened: starter.py history {key}"))
        lines.append(Text(f"  what agents printed: starter.py output {key}"))
        advice = f"go on from the last checkpoint: starter.py work {key} --resume"
        again = f"begin again: starter.py work {key}"
        lines.append(Text(f"  {advice if story.resumable else again}"))
    return lines


def team_of(story: Story) -> list[Text]:
    """Who has it, and why them."""
    if story.team is None:
        return []
    who = f"team {story.team.team}" if story.team.team else "not given to any team"
    return [Text(f"  {who}: {plain(story.team.reason, 300)}", "dim")]


def _phase(told: PhaseProgress, now: datetime, width: int) -> Text:
    mark, colour = MARKS[told.standing]
    name = f"{told.phase} {told.round}" if told.round > 1 else told.phase
    ended, began = told.completed_at or now, told.started_at or now
    spent = "" if told.status is PhaseStatus.SKIPPED else elapsed(ended - began)
    line = Text.assemble(f"  {mark} ", (f"{name:<12}", colour), f"{spent:>12}  ")
    note = Text(plain(told.note, MAX_COMMENT), "dim")
    # In cells: Chinese and Japanese take two each.
    note.truncate(max(width - line.cell_len, SHORTEST_NOTE), overflow="ellipsis")
    return line.append_text(note)


def what_to_do(story: Story, *, asked_is_shown: bool = False) -> str:
    """The command that ends the waiting, and where what is asked is not shown, how to see it."""
    key = story.issue_key
    if story.question is not None and story.asked is None:
        return f"starter.py answer {key} TEXT"
    if story.asked is not None:
        if not asked_is_shown:
            return f"starter.py approve {key}  (or reject, request-changes; why {key} shows it)"
        # Who has read this approves this, and nothing that is asked by then in its place.
        code = story.asked.subject_hash[:CODE_LENGTH]
        return f"starter.py approve {key} --code {code}  (or reject, request-changes)"
    if story.exceeded is not None:
        wanted = story.exceeded.bound.measure.option
        return f'starter.py budget raise {key} {wanted} --comment "…"  (or budget refuse)'
    return f"starter.py resume {key}"


def outcome(story: Story, repo_url: str, found: Whereabouts | None = None) -> list[Text]:
    """How it ended, what came of it, and how to look at that. `found` is the branch, where
    somebody has looked."""
    lines = progress(story, story.completed_at or story.started_at)
    lines += [Text(f"  tests: {counted}") for counted in _tests(story.tests)]
    if story.commit:
        lines.append(Text(f"  branch {story.branch} at {story.commit[:10]}"))
        if found is not None and (said := strayed(story.commit, found)):
            lines.append(Text(f"  {plain(said)}", "yellow"))
        lines.append(Text(f"  look at it: {how_to_look(story.branch, repo_url)}", "bold"))
    return lines


def _tests(tests: tuple[TestCount, ...]) -> list[str]:
    shown = tests if len(tests) < 3 else (tests[0], tests[-1])
    names = ("first run", "last run") if len(shown) == 2 else ("",)
    return [f"{name} {_counted(count)}".strip() for name, count in zip(names, shown, strict=False)]


def _counted(count: TestCount) -> str:
    if not count.counted:
        return f"{'green' if count.green else 'red'}, not counted"
    return f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped"


def how_to_look(branch: str | None, repo_url: str) -> str:
    branch = shlex.quote(branch or "")
    if repo_url.startswith("/"):
        return f"git -C {shlex.quote(plain(repo_url))} log {branch}"
    return f"git fetch {shlex.quote(plain(repo_url))} {branch} && git log FETCH_HEAD"


def plan(planned: tuple[PlannedPhase, ...]) -> list[Text]:
    """Of a dry run: what would be done, and where nobody would."""
    idle = (step.phase for step in planned if step.skipped_because is None and not step.agents)
    nobody = [phase for phase in idle if phase in CHANGING]
    remarks = [Text(f"  {line}", "yellow") for line in unmanned(nobody)]
    return [*(_planned(step) for step in planned), *remarks]


def _planned(step: PlannedPhase) -> Text:
    if step.skipped_because is not None:
        gate = f"; gate {step.gate} asks all the same" if step.asked else ""
        return Text(f"  · {step.phase:<12}skipped: {plain(step.skipped_because)}{gate}", "dim")
    agents = ", ".join(plain(agent) for agent in step.agents) or "no agent is named"
    gate = f", then gate {step.gate}" if step.gate else ""
    return Text(f"  ▸ {step.phase:<12}{agents}{gate}")
