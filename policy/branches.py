"""The branches that work is done on: their names, and where they may be."""

from collections.abc import Iterable

from contracts.playbooks import AgentSpec, HumanAgent

Tips = frozenset[str | None]


def open_to_work_on(base_commit: str) -> Tips:
    """Where a branch may be for work on this commit to be pushed to it: there, or nowhere (None).
    Whatever else stands on it is somebody else's."""
    return frozenset({None, base_commit})


def is_pushed_first(agents: Iterable[AgentSpec]) -> bool:
    """Whether a program is the first of them that leaves something on the branch. What a person
    is asked for may be there already."""
    for agent in agents:
        if isinstance(agent, HumanAgent):
            return False
        if agent.writes:
            return True
    return False


def branch_of(issue_key: str, attempt: int) -> str:
    """The first attempt has the ticket's name, later ones a number behind it."""
    return f"slipway/{issue_key}" if attempt == 1 else f"slipway/{issue_key}-{attempt}"


def branch_after_reset(branch: str, resets: int) -> str:
    """A reset run goes on at an older commit: on a branch of its own, since none is ever
    pushed over."""
    return f"{branch}.{resets}"
