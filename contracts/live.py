"""Live events: what is said on Redis after events were committed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class LiveMessage(BaseModel):
    """The message on a channel; the channel's name says whose it is."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    project_id: UUID
    orchestration_id: UUID
    event: str
    sequence: int
    timestamp: datetime
    payload: dict[str, Any]


class LiveBatch(LiveMessage):
    """`event` and `sequence` are the last of the batch; who missed some reads Postgres."""

    organization_id: UUID

    def message(self) -> str:
        return self.model_dump_json(by_alias=True, exclude={"organization_id"})

    @classmethod
    def heard(cls, message: bytes, organization_id: UUID) -> "LiveBatch":
        """Raises pydantic's ValidationError for what is no message."""
        said = LiveMessage.model_validate_json(message)
        return cls(organization_id=organization_id, **said.model_dump())
