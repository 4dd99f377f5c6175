"""Playbooks as files in a folder, one YAML file each, named like the playbook."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from contracts.levels import ApprovalPolicy
from contracts.playbooks import AgentSpec, CommandAgent, Gate, Playbook
from errors import InvalidPlaybookError, UnknownPlaybookError
from policy.approval_policies import applied, parse_policy
from policy.playbooks import parse_playbook
from policy.yaml_tree import MAX_SIZE

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
POLICIES = "approvals"


@dataclass(frozen=True)
class WrittenPlaybook:
    """A playbook's file and those of the policies that its gates may name."""

    name: str
    folder: Path
    text: bytes
    policies: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The same for the same content, wherever it stands."""
        parts = (self.name.encode(), self.text, *_flat(self.policies))
        return sha256(b"".join(len(part).to_bytes(8) + part for part in parts)).hexdigest()

    def parsed(self) -> Playbook:
        """YAML that keeps line numbers takes milliseconds: blocking.
        Raises InvalidPlaybookError."""
        file = self.folder / f"{self.name}.yaml"
        playbook = parse_playbook(self.name, _text(self.text, file), str(file))
        phases = tuple(
            step.model_copy(update={"gate": self._with_policy(step.gate)})
            for step in playbook.phases
        )
        return playbook.model_copy(update={"phases": phases})

    def _with_policy(self, gate: Gate | None) -> Gate | None:
        """Raises InvalidPlaybookError for a policy that is not there or not right."""
        if gate is None or gate.policy is None:
            return gate
        content = self.policies.get(gate.policy)
        if content is None:
            there = ", ".join(sorted(self.policies)) or "none"
            why = f"gate {gate.name}: no policy `{gate.policy}`: there are {there}"
            raise InvalidPlaybookError(why)
        file = self.folder / POLICIES / f"{gate.policy}.yaml"
        return applied(parse_policy(_text(content, file), str(file)), gate)


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
        """Reads files and parses them: blocking, to be called in a thread.
        Raises UnknownPlaybookError and InvalidPlaybookError."""
        return self.at_home(self.written(name).parsed())

    def written(self, name: str) -> WrittenPlaybook:
        """As it stands in the files right now: blocking. Raises UnknownPlaybookError."""
        names = self.names()
        if name not in names:
            raise UnknownPlaybookError(_unknown(name, names))
        policies = sorted((self._folder / POLICIES).glob("*.yaml"))
        return WrittenPlaybook(
            name=name,
            folder=self._folder,
            text=_read(self._folder / f"{name}.yaml"),
            policies={file.stem: _read(file) for file in policies},
        )

    def policies(self) -> list[str]:
        """Reads the folder: blocking."""
        return sorted(file.stem for file in (self._folder / POLICIES).glob("*.yaml"))

    def policy(self, name: str) -> ApprovalPolicy:
        """Reads a file: blocking. Raises UnknownPlaybookError and InvalidPlaybookError."""
        there = self.policies()
        if name not in there:
            raise UnknownPlaybookError(
                f"no approval policy `{name[:60]}`: there are {', '.join(there) or 'none'}"
            )
        file = self._folder / POLICIES / f"{name}.yaml"
        return parse_policy(_text(_read(file), file), str(file))

    def gates(self) -> dict[str, list[str]]:
        """The name of every gate, and the playbooks that have it; one that is not right has none.
        Reads all files: blocking."""
        found: dict[str, list[str]] = {}
        for name in self.names():
            with suppress(UnknownPlaybookError, InvalidPlaybookError):
                for step in self.load(name).phases:
                    if step.gate is not None:
                        found.setdefault(step.gate.name, []).append(name)
        return found

    def programs(self) -> list[tuple[str, CommandAgent]]:
        """Every agent that is a program, and its playbook; one that is not right has none.
        Reads all files: blocking."""
        found = list[tuple[str, CommandAgent]]()
        for name in self.names():
            with suppress(UnknownPlaybookError, InvalidPlaybookError):
                steps = self.load(name).phases
                agents = (agent for step in steps for agent in step.agents)
                found += [(name, agent) for agent in agents if isinstance(agent, CommandAgent)]
        return found

    def at_home(self, playbook: Playbook) -> Playbook:
        """With the paths of this host, which are for no other one."""
        phases = tuple(
            step.model_copy(update={"agents": tuple(map(self._at_home, step.agents))})
            for step in playbook.phases
        )
        return playbook.model_copy(update={"phases": phases})

    def _at_home(self, agent: AgentSpec) -> AgentSpec:
        if not isinstance(agent, CommandAgent):
            return agent
        # After parsing, so that no path can change what the YAML means.
        command = tuple(
            argument.replace("{examples}", str(self._examples)) for argument in agent.command
        )
        return agent.model_copy(update={"command": command})


def _flat(policies: Mapping[str, bytes]) -> list[bytes]:
    return [part for name in sorted(policies) for part in (name.encode(), policies[name])]


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        # One byte more than is allowed is enough to be refused.
        return opened.read(MAX_SIZE + 1)


def _text(content: bytes, file: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidPlaybookError(f"{file}:1: not UTF-8: save it as UTF-8") from error


def _unknown(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    hint = f" did you mean `{close[0]}`?" if close else ""
    return f"no playbook `{name[:60]}`:{hint} there are {', '.join(names) or 'none'}"
