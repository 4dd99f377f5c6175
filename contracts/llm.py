"""What is asked of a language model, and what it says."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from contracts.text import Line

T = TypeVar("T")


class ChatMessage(BaseModel, frozen=True, hide_input_in_errors=True):
    """`system` is ours alone; text from outside only ever comes in `user`, inside a fence."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(repr=False)


class ChatRequest(BaseModel, frozen=True, hide_input_in_errors=True):
    """The answer is to be one JSON object of this `schema_`. With a `patience`, each provider has
    so long instead of its own time."""

    messages: tuple[ChatMessage, ...] = Field(min_length=1)
    schema_name: Line = Field(pattern=r"^[a-z_]{1,40}$")
    schema_: dict[str, Any]
    max_tokens: int = Field(default=2_000, ge=1, le=100_000)
    patience: timedelta | None = None


class ChatAnswer(BaseModel, frozen=True):
    """What a model said, word for word: anything may stand there."""

    text: str = Field(repr=False)
    provider: Line
    model: Line
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Reply(Generic[T]):
    """What was read, and the answer it stood in; tokens are of all tries of this provider.
    `repaired`: the first answer could not be read, the second could."""

    value: T
    answer: ChatAnswer
    repaired: bool = False
