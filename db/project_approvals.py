"""Every query on what a project asks at gates."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from contracts.levels import ApprovalPolicy
from contracts.project_approvals import CONFIG, ProjectApprovals
from db.models import Project
from errors import InvalidPlaybookError


def approvals_of(project: Project) -> ProjectApprovals:
    """Raises InvalidPlaybookError: people may have written the column by hand."""
    return approvals_in(project.config, project.key)


def approvals_in(config: Mapping[str, Any], key: str) -> ProjectApprovals:
    """Of the project with this key. Raises InvalidPlaybookError."""
    try:
        return ProjectApprovals.model_validate({"gates": config.get(CONFIG, {})})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(map(str, detail["loc"][1:]))
        raise InvalidPlaybookError(
            f"project {key}: what it asks at gates is unreadable at {where}: "
            f"{detail['msg']}. Set it anew: starter.py project approvals {key}"
        ) from error


def keep_approval(project: Project, gate: str, asked: str | ApprovalPolicy | None) -> None:
    """None: as the playbook says. The project's row is the caller's, and is in a session."""
    kept: dict[str, Any] = dict(project.config.get(CONFIG, {}))
    kept.pop(gate, None)
    if asked is not None:
        kept[gate] = asked if isinstance(asked, str) else asked.model_dump(mode="json")
    # A new dict: changes within a JSON column are not seen.
    project.config = {**project.config, CONFIG: kept}
