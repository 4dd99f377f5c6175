"""Ready policies: levels in a file of their own, and the gates that name it."""

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.levels import ApprovalPolicy
from contracts.playbooks import Gate, Playbook, PlaybookPhase
from contracts.project_approvals import ProjectApprovals
from errors import InvalidPlaybookError
from policy.playbooks import with_durations
from policy.yaml_tree import UnreadableYamlError, read_yaml


def parse_policy(text: str, source: str) -> ApprovalPolicy:
    """`source` is the file's name as people know it. Raises InvalidPlaybookError, which says where
    it is wrong."""
    try:
        tree = read_yaml(text)
        if not isinstance(tree.value, dict):
            raise InvalidPlaybookError(f"{source}:1: a policy is a mapping with `levels`")
        return ApprovalPolicy.model_validate(with_durations(tree.value))
    except UnreadableYamlError as error:
        raise InvalidPlaybookError(f"{source}:{error.line}: {error}") from error
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        path = detail["loc"]
        where = ".".join(map(str, path))
        what = detail["msg"].removeprefix("Value error, ")
        raise InvalidPlaybookError(f"{source}:{tree.line(path)}: {where}: {what}") from error


def overridden(
    playbook: Playbook, asked: ProjectApprovals, policies: Mapping[str, ApprovalPolicy], key: str
) -> Playbook:
    """The playbook with what the project `key` asks at its gates. `policies` are those that it
    names."""

    def of_the_project(step: PlaybookPhase) -> PlaybookPhase:
        said = asked.gates.get(step.gate.name) if step.gate else None
        if step.gate is None or said is None:
            return step
        name = said if isinstance(said, str) else None
        gate = applied(policies[said] if isinstance(said, str) else said, step.gate)
        origin = f"project {key}: " + (f"policy {name}" if name else "levels of its own")
        told = {"policy": name, "origin": origin}
        return step.model_copy(update={"gate": gate.model_copy(update=told)})

    return playbook.model_copy(update={"phases": tuple(map(of_the_project, playbook.phases))})


def applied(policy: ApprovalPolicy, gate: Gate) -> Gate:
    """The gate with the policy's levels, and with what goes with them: whoever names the people
    says what these may do. Only verified identities count, and the gate is binding, if either side
    wants that."""
    return Gate(
        name=gate.name,
        policy=gate.policy,
        levels=policy.levels,
        allow_requester=policy.allow_requester,
        allow_author=policy.allow_author,
        four_eyes=policy.four_eyes,
        verified=policy.verified or gate.verified,
        binding=policy.binding or gate.binding,
    )
