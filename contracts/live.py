"""Live events: what is said on Redis after events were committed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def orchestration_channel(organization_id: UUID, orchestration_id: UUID) -> str:
    return f"slipway:{organization_id}:channel:orchestration:{orchestration_id}"


def project_channel(organization_id: UUID, project_id: UUID) -> str:
    return f"slipway:{organization_id}:channel:project:{project_id}"


class LiveBatch(BaseModel):
    """`event` and `sequence` are the last of the batch; who missed some reads Postgres."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    organization_id: UUID
    project_id: UUID
    orchestration_id: UUID
    event: str
    sequence: int
    timestamp: datetime
    payload: dict[str, Any]

    def channels(self) -> tuple[str, str]:
        return (
            orchestration_channel(self.organization_id, self.orchestration_id),
            project_channel(self.organization_id, self.project_id),
        )

    def message(self) -> str:
        return self.model_dump_json(by_alias=True, exclude={"organization_id"})
