"""Playbooks as files in a folder, one YAML file each, named like the playbook."""

import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from contracts.playbooks import AgentSpec, CommandAgent, Gate, Playbook
from errors import InvalidPlaybookError, UnknownPlaybookError
from policy.approval_policies import applied, parse_policy
from policy.playbooks import parse_playbook
from policy.yaml_tree import MAX_SIZE

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class PlaybookFolder:
    """`{examples}` in an agent's command stands for the absolute path of `examples`."""

    def __init__(self, folder: Path, examples: Path) -> None:
        self._folder = folder
        self._examples = examples.resolve()

    def names(self) -> list[str]:
        """Reads the folder: blocking."""
        return sorted(
            file.stem for file in self._folder.glob("*.yaml") if NAME.fullmatch(file.stem)
        )

    def load(self, name: str) -> Playbook:
        """Reads a file: blocking, to be called in a thread.
        Raises UnknownPlaybookError and InvalidPlaybookError."""
        names = self.names()
        if name not in names:
            raise UnknownPlaybookError(_unknown(name, names))
        file = self._folder / f"{name}.yaml"
        playbook = _parsed(name, _text(file), str(file))
        phases = tuple(
            step.model_copy(
                update={
                    "agents": tuple(map(self._at_home, step.agents)),
                    "gate": self._with_policy(step.gate),
                }
            )
            for step in playbook.phases
        )
        return playbook.model_copy(update={"phases": phases})

    def _with_policy(self, gate: Gate | None) -> Gate | None:
        """Raises InvalidPlaybookError for a policy that is not there or not right."""
        if gate is None or gate.policy is None:
            return gate
        file = self._folder / "approvals" / f"{gate.policy}.yaml"
        if not file.is_file():
            there = ", ".join(sorted(one.stem for one in file.parent.glob("*.yaml"))) or "none"
            why = f"gate {gate.name}: no policy `{gate.policy}`: there are {there}"
            raise InvalidPlaybookError(why)
        return applied(parse_policy(_text(file), str(file)), gate)

    def _at_home(self, agent: AgentSpec) -> AgentSpec:
        if not isinstance(agent, CommandAgent):
            return agent
        # After parsing, so that no path can change what the YAML means.
        command = tuple(
            argument.replace("{examples}", str(self._examples)) for argument in agent.command
        )
        return agent.model_copy(update={"command": command})


@lru_cache(maxsize=100)
def _parsed(name: str, text: str, where: str) -> Playbook:
    """YAML that keeps line numbers takes milliseconds, and the same few files are read always."""
    return parse_playbook(name, text, where)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            # One byte more than is allowed is enough to be refused.
            return opened.read(MAX_SIZE + 1).decode()
    except UnicodeDecodeError as error:
        raise InvalidPlaybookError(f"{file}:1: not UTF-8: save it as UTF-8") from error


def _unknown(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    hint = f" did you mean `{close[0]}`?" if close else ""
    return f"no playbook `{name[:60]}`:{hint} there are {', '.join(names) or 'none'}"
