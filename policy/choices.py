"""What a new attempt takes over of the last one, where nobody says otherwise."""

from dataclasses import dataclass, replace

from contracts.choices import Choices, TakenOver
from contracts.events import OrchestrationStarted
from contracts.jira_work import WorkOptions, WorkOrder
from contracts.phases import Phase
from contracts.playbooks import CommandAgent, Playbook
from policy.playbooks import with_coder


@dataclass(frozen=True)
class Earlier:
    """The last attempt at a ticket: as it began, and whether it came to its end."""

    attempt: int
    completed: bool
    playbook: Playbook
    choices: Choices
    options: WorkOptions


@dataclass(frozen=True)
class Settled:
    """`frozen` is the playbook of the attempt that is resumed, agents and all, where it stays."""

    choices: Choices
    options: WorkOptions
    taken_over: TakenOver | None = None
    frozen: Playbook | None = None


def earlier_of(started: OrchestrationStarted, *, completed: bool) -> Earlier:
    return Earlier(
        attempt=started.attempt,
        completed=completed,
        playbook=started.playbook,
        choices=started.choices,
        options=started.options,
    )


def settled(order: WorkOrder, earlier: Earlier | None) -> Settled:
    """Who works is taken over by every attempt; which phases are left out, only by one that goes
    on where the last one stopped, and only where nothing is said of phases."""
    said = Choices(
        playbook=order.playbook, coder=order.coder, coder_environment=order.coder_environment
    )
    if earlier is None:
        return Settled(said, order.options)
    choices, options = _choices(order, said, earlier), _options(order.options, earlier)
    coder = () if said.coder else choices.coder
    taken = TakenOver(
        attempt=earlier.attempt,
        playbook=choices.playbook if said.playbook is None else None,
        coder=coder,
        coded=_coded(earlier.playbook, coder),
        skip=() if order.options.skip else options.skip,
        end=options.end if order.options.end is None else None,
    )
    as_it_began = order.options.resume and not (said.playbook or said.coder)
    frozen = earlier.playbook if as_it_began else None
    return Settled(choices, options, taken if taken.anything else None, frozen)


def manned(playbook: Playbook, by: Settled) -> tuple[Playbook, Settled]:
    """With the agent that was chosen. One that was only taken over gives way to those that the
    playbook names. Raises InvalidPlaybookError, as with_coder."""
    choices, taken = by.choices, by.taken_over
    if not choices.coder:
        return playbook, by
    full = with_coder(playbook, choices.coder, choices.coder_environment)
    if taken is None or not taken.coder:
        return full, by
    if full != playbook:
        known = taken.model_copy(update={"coded": _coded(full, choices.coder)})
        return full, replace(by, taken_over=known)
    rest = taken.model_copy(update={"coder": (), "coded": ()})
    nobody = choices.model_copy(update={"coder": (), "coder_environment": ()})
    return playbook, replace(by, choices=nobody, taken_over=rest if rest.anything else None)


def already_completed(key: str, attempt: int, options: WorkOptions) -> str:
    """Why it is not worked again unasked, and what to say: also to go on from within it."""
    how = " with --resume" if options.resume else ""
    return f"{key} is completed (attempt {attempt}). Say --again{how} to work it once more"


def _choices(order: WorkOrder, said: Choices, earlier: Earlier) -> Choices:
    before = earlier.choices
    if not said.coder:
        name = before.playbook if said.playbook is None else said.playbook
        return before.model_copy(update={"playbook": name})
    if said.playbook is not None:
        return said
    # What is resumed keeps its playbook, whoever chose it.
    name = earlier.playbook.name if order.options.resume else before.playbook
    crewed = not before.coder and with_coder(earlier.playbook, said.coder) == earlier.playbook
    return said if crewed else said.model_copy(update={"playbook": name})


def _coded(playbook: Playbook, coder: tuple[str, ...]) -> tuple[Phase, ...]:
    return tuple(
        step.phase
        for step in playbook.phases
        if any(isinstance(one, CommandAgent) and one.command == coder for one in step.agents)
    )


def _options(said: WorkOptions, earlier: Earlier) -> WorkOptions:
    if not said.resume or said.skip or said.start or said.end:
        return said
    # What ended early by wish, and well, is resumed to be worked further.
    end = None if earlier.completed else earlier.options.end
    return said.model_copy(update={"skip": earlier.options.skip, "end": end})
