"""The playbook of a dry run: as it is written, as a policy says, or as a project asks."""

from cli.coder import playbooks
from cli.context import Desk
from cli.exits import NotFoundError, WrongUseError
from cli.projects import demanded
from cli.simulation.cast import gates
from cli.terminal import plain
from contracts.levels import ApprovalPolicy
from contracts.playbooks import Playbook
from db.project_approvals import approvals_of
from policy.approval_policies import applied, overridden, parse_policy
from policy.assignment import with_team

# A name that a team could have.
CHOSEN = "the-chosen-team"


def tried_playbook(name: str, policy: str | None = None, team: str = CHOSEN) -> Playbook:
    """`team` is the one that the work is given to. Raises UnknownPlaybookError,
    InvalidPlaybookError, NotFoundError for a policy that is not there, and WrongUseError for one
    that nothing would ask."""
    playbook = playbooks().load(name)
    if policy is None:
        return with_team(playbook, team)
    if not list(gates(playbook)):
        raise WrongUseError(f"Playbook {name} has no gate that could ask as a policy says.")
    levels = _policy(name, policy)
    phases = tuple(
        step.model_copy(update={"gate": applied(levels, step.gate) if step.gate else None})
        for step in playbook.phases
    )
    return with_team(playbook.model_copy(update={"phases": phases}), team)


async def as_project_asks(desk: Desk, playbook: Playbook, project: str, team: str) -> Playbook:
    """As the worker makes it for the project's tickets. Raises UnknownProjectError,
    InvalidPlaybookError for overrides that cannot be read, and UnknownPlaybookError for a policy
    that is not there any more."""
    async with desk.sessions() as session:
        asked = approvals_of(await demanded(session, desk, project))
    policies = {name: playbooks().policy(name) for name in sorted(asked.named)}
    return with_team(overridden(playbook, asked, policies, project), team)


def _policy(playbook: str, name: str) -> ApprovalPolicy:
    there = playbooks().written(playbook).policies
    if name not in there:
        raise NotFoundError(
            f"There is no policy {plain(name, 60)!r}; there are {', '.join(sorted(there))}."
        )
    return parse_policy(there[name].decode(errors="replace"), f"{name}.yaml")
