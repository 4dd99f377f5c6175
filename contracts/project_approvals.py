"""What a project asks at gates, in the place of what its playbooks say."""

from pydantic import BaseModel

from contracts.levels import ApprovalPolicy
from contracts.playbooks import AgentName

CONFIG = "approvals"


class ProjectApprovals(BaseModel, frozen=True):
    """By the names of gates, in whichever playbook they stand: a file of playbooks/approvals/, or
    levels. In `projects.config` under the name `approvals`."""

    gates: dict[AgentName, AgentName | ApprovalPolicy] = {}

    @property
    def named(self) -> frozenset[str]:
        """The files that are needed."""
        return frozenset(one for one in self.gates.values() if isinstance(one, str))
