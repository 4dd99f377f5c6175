"""`project approvals`: what a project asks at gates, in the place of what its playbooks say."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.audit import Edit, keep
from cli.coder import playbooks
from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.files import read
from cli.options import As, AsJson, who_am_i
from cli.projects import Key, demanded
from cli.terminal import output, plain, say
from contracts.levels import ApprovalPolicy
from db.project_approvals import approvals_of, keep_approval
from policy.approval_policies import parse_policy
from policy.yaml_tree import MAX_SIZE

GATE = "[a-z][a-z0-9-]{0,39}"
GateName = Annotated[
    str | None, typer.Option("--gate", metavar="NAME", help="The gate, as playbooks name it.")
]
PolicyName = Annotated[
    str | None, typer.Option("--policy", metavar="NAME", help="A file of playbooks/approvals/.")
]
File = Annotated[
    Path | None, typer.Option("--levels", metavar="FILE", help="Levels, written as in such a file.")
]
Clear = Annotated[bool, typer.Option("--clear", help="Ask as the playbook says.")]


@dataclass(frozen=True)
class Change:
    """`asked` is None for what the playbook says."""

    gate: str
    asked: str | ApprovalPolicy | None

    def told(self) -> dict[str, Any]:
        asked = self.asked
        kept = asked.model_dump(mode="json") if isinstance(asked, ApprovalPolicy) else asked
        return {"gate": self.gate, "asked": kept}


def approvals(
    context: typer.Context,
    key: Key,
    gate: GateName = None,
    policy: PolicyName = None,
    levels: File = None,
    clear: Clear = False,
    as_json: AsJson = False,
    by: As = None,
) -> None:
    """What the project asks at gates; with --gate, changes it for work that begins from now on."""
    change = _change(gate, policy, levels, clear)

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            project = await demanded(session, desk, key)
            if change is not None:
                _demand_known(change.gate, approvals_of(project).gates)
                keep_approval(project, change.gate, change.asked)
                me = who_am_i(desk.settings, by)
                about = ("project", project.id)
                await keep(session, desk, Edit(me, "project:approvals", about, change.told()))
            gates = approvals_of(project).gates
        told = {name: one if isinstance(one, str) else one.words() for name, one in gates.items()}
        if as_json:
            print(json.dumps(told))
            return DONE
        for name, asked in sorted(told.items()):
            output().print(f"{name:<20} {plain(asked, 300)}")
        if not told:
            output().print(f"{key} asks at each gate what the playbook says.")
        return DONE

    at_desk(context, job)


def _change(
    gate: str | None, policy: str | None, levels: Path | None, clear: bool
) -> Change | None:
    """Raises WrongUseError, UnknownPlaybookError, InvalidPlaybookError, NotFoundError."""
    said = [one for one in (policy, levels, clear or None) if one is not None]
    if gate is None and not said:
        return None
    if gate is None or len(said) != 1:
        raise WrongUseError("Say --gate NAME with one of --policy NAME, --levels FILE, --clear.")
    if re.fullmatch(GATE, gate) is None:
        raise WrongUseError(f"{plain(gate, 60)!r} is no gate's name, as playbooks spell them.")
    if levels is not None:
        return Change(gate, _read(levels))
    if policy is not None:
        playbooks().policy(policy)
    return Change(gate, policy)


def _demand_known(gate: str, kept: Collection[str]) -> None:
    """Raises WrongUseError for a gate that no playbook has. What is `kept` already may be changed,
    and taken back, whatever became of its playbook."""
    named = playbooks().gates()
    if not named:
        say(f"No playbook here can be read, so whether one has a gate {gate} is not known.")
    elif gate not in (*named, *kept):
        close = get_close_matches(gate, named, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        there = ", ".join(f"{one} (of {', '.join(of)})" for one, of in sorted(named.items()))
        raise WrongUseError(
            f"No playbook has a gate {gate}, so nobody would be asked.{hint} There are {there}."
        )


def _read(file: Path) -> ApprovalPolicy:
    text = read(file, MAX_SIZE + 1).decode(errors="replace")
    return parse_policy(text, plain(str(file), 200))
