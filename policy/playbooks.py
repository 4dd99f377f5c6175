"""How a playbook is read from YAML, completed, and cut down to what will be worked."""

import re
from collections.abc import Iterator
from datetime import timedelta

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.identity import Role
from contracts.jira_work import PlannedPhase, WorkOptions
from contracts.phases import Phase
from contracts.playbooks import CommandAgent, Playbook
from errors import InvalidPlaybookError
from policy.approval_standing import beyond_end, binds
from policy.playbook_complaints import Complaint, complaint
from policy.yaml_tree import Path, UnreadableYamlError, YamlTree, read_yaml

MOST_COMPLAINTS = 10
DURATIONS = ("time", "patience", "remind")
UNREADABLE = ""
_SHORT = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


def parse_playbook(name: str, text: str, source: str) -> Playbook:
    """`source` is the file's name as people know it. Raises InvalidPlaybookError, whose message
    has a line `source:line: what is wrong; what to do` for each of the first complaints."""
    try:
        tree = read_yaml(text)
    except UnreadableYamlError as error:
        raise InvalidPlaybookError(f"{source}:{error.line}: {error}") from error
    playbook, complaints = _judged(name, tree)
    if playbook is None or complaints:
        found = sorted((tree.line(path), what) for path, what in complaints)
        lines = [f"{source}:{line}: {what}" for line, what in found[:MOST_COMPLAINTS]]
        raise InvalidPlaybookError("\n".join(lines))
    return playbook


def with_coder(
    playbook: Playbook, command: tuple[str, ...], environment: tuple[str, ...] = ()
) -> Playbook:
    """CODE and FIX get this command as agent `coder` where they name none. A command that takes
    `{prompt_file}` is taken to answer in prose; any other, by a report on stdout.
    Raises InvalidPlaybookError when the command or a variable's name is unusable."""
    prose = any("{prompt_file}" in argument for argument in command)
    try:
        coder = CommandAgent(
            kind="command", name="coder", command=command, environment=environment, prose=prose
        )
    except ValidationError as error:
        raise InvalidPlaybookError(f"--agent: {complaint(error.errors()[0])[1]}") from error
    phases = tuple(
        step.model_copy(update={"agents": (coder,)})
        if step.phase in (Phase.CODE, Phase.FIX) and not step.agents
        else step
        for step in playbook.phases
    )
    return playbook.model_copy(update={"phases": phases})


def planned(playbook: Playbook, options: WorkOptions) -> tuple[PlannedPhase, ...]:
    """Every phase of the playbook in its order; those with `skipped_because` are not worked."""
    return tuple(
        PlannedPhase(
            phase=step.phase,
            agents=tuple(agent.name for agent in step.agents),
            gate=step.gate.name if step.gate else None,
            skipped_because=(why := _skipped_because(step.phase, playbook, options)),
            asked=why is not None and binds(step, options),
        )
        for step in playbook.phases
    )


def first_of(start: Phase) -> Phase:
    """FIX never stands alone: only TEST says what to fix."""
    return Phase.TEST if start is Phase.FIX else start


def _skipped_because(phase: Phase, playbook: Playbook, options: WorkOptions) -> str | None:
    if phase in options.skip:
        return "skipped by option"
    if options.start and phase.place < first_of(options.start).place:
        return f"before --start {options.start}"
    if beyond_end(phase, options):
        return f"after --end {options.end}"
    if phase is Phase.FIX and playbook.repair_rounds == 0:
        return "repair_rounds is 0"
    if phase is Phase.FIX and _skipped_because(Phase.TEST, playbook, options):
        return "TEST is skipped, and only TEST says what to fix"
    return None


def _judged(name: str, tree: YamlTree) -> tuple[Playbook | None, list[Complaint]]:
    if not isinstance(tree.value, dict):
        what = "empty" if tree.value is None else "not a mapping"
        return None, [((), f"the playbook is {what}: it needs at least `phases:` and a list")]
    if "name" in tree.value:
        return None, [(("name",), "a playbook is named by its file: remove `name`")]
    try:
        playbook = Playbook.model_validate({"name": name, **with_durations(tree.value)})
    except ValidationError as error:
        return None, [complaint(detail) for detail in _once(error.errors(include_url=False))]
    return playbook, list(_beyond_the_schema(playbook))


def _once(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list whose members were all refused is "too short" as well, to pydantic."""
    inner = {loc[:end] for loc in (one["loc"] for one in details) for end in range(1, len(loc))}
    return [
        detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inner
    ]


def _beyond_the_schema(playbook: Playbook) -> Iterator[Complaint]:
    for index, step in enumerate(playbook.phases):
        path: Path = ("phases", index)
        before = playbook.phases[index - 1].phase if index else step.phase
        if step.phase.place < before.place:
            yield path, f"{step.phase} comes before {before}: keep the order {', '.join(Phase)}"
        if step.gate and not step.gate.roles:
            names = ", ".join(Role)
            what = f"nobody can pass gate `{step.gate.name}`: name at least one role of {names}"
            yield (*path, "gate", "roles"), what


def with_durations(value: dict[str, object]) -> dict[str, object]:
    """Short durations, as people write them, as pydantic reads them."""
    return {
        key: _duration(inner) if key in DURATIONS else _inside(inner)
        for key, inner in value.items()
    }


def _inside(value: object) -> object:
    if isinstance(value, dict):
        return with_durations(value)
    return [_inside(item) for item in value] if isinstance(value, list) else value


def _duration(value: object) -> timedelta | str | None:
    """ISO 8601 is left to pydantic. What is no duration becomes UNREADABLE, which it refuses: a
    bare number could mean anything, and YAML reads 1:30 as ninety. Nothing stays nothing: some
    may be left out."""
    if value is None:
        return None
    if not isinstance(value, str):
        return UNREADABLE
    if value.startswith("P"):
        return value
    short = _SHORT.fullmatch(value)
    if not value or not short:
        return UNREADABLE
    days, hours, minutes, seconds = (int(part or 0) for part in short.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
