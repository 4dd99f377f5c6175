"""Which agent is tried: one of a playbook, or a command line."""

from dataclasses import dataclass

from cli import coder
from cli.exits import NotFoundError, WrongUseError
from cli.terminal import plain
from contracts.jira_work import STANDARD
from contracts.phases import Phase
from contracts.playbooks import AgentSpec, HumanAgent, Playbook, PlaybookPhase
from policy.playbooks import with_coder


@dataclass(frozen=True)
class AgentChoice:
    """As it was said; `phase` None for the agent's own."""

    name: str
    playbook: str | None
    command: str | None
    environment: tuple[str, ...]
    phase: Phase | None


@dataclass(frozen=True)
class Chosen:
    """`words` are those of the command line, where one was said."""

    agent: AgentSpec
    phase: Phase
    words: tuple[str, ...] = ()


def chosen(choice: AgentChoice) -> Chosen:
    """Raises WrongUseError, NotFoundError, UnknownPlaybookError, InvalidPlaybookError."""
    if choice.command is not None:
        if choice.playbook is not None:
            raise WrongUseError("--agent and --playbook both name an agent: leave one of them out.")
        return _of_command(choice, choice.command)
    if choice.environment:
        raise WrongUseError("--agent-env goes with --agent; a playbook names its own variables.")
    found = _of_playbook(choice)
    if isinstance(found.agent, HumanAgent):
        raise WrongUseError(f"{found.agent.name} is a person, whom nobody can try.")
    return found


def _of_command(choice: AgentChoice, command: str) -> Chosen:
    words = coder.words_of(command, local=True)
    environment = coder.environment_of(list(choice.environment))
    bare = Playbook(name="trial", phases=(PlaybookPhase(phase=Phase.CODE),))
    agent = with_coder(bare, words, environment).phases[0].agents[0]
    named = type(agent).model_validate({**agent.model_dump(), "name": choice.name})
    return Chosen(named, choice.phase or Phase.CODE, words)


def _of_playbook(choice: AgentChoice) -> Chosen:
    folder = coder.playbooks()
    playbook = folder.load(choice.playbook or STANDARD)
    agents = [Chosen(agent, step.phase) for step in playbook.phases for agent in step.agents]
    named = [found for found in agents if found.agent.name == choice.name]
    if not named:
        names = ", ".join(sorted({found.agent.name for found in agents})) or "none"
        raise NotFoundError(
            f"Playbook {playbook.name} has no agent {plain(choice.name, 60)!r}; it has {names}. "
            "Say --playbook NAME for another one, or --agent COMMAND for any program."
        )
    # A name may stand in several phases; a phase may be said that is not the agent's.
    of_phase = [found for found in named if found.phase is choice.phase]
    return of_phase[0] if of_phase else Chosen(named[0].agent, choice.phase or named[0].phase)
