"""What a language model is asked for as a JSON schema, and reading what it says."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from contracts.llm import ChatMessage, ChatRequest
from contracts.text import clipped, one_line
from errors import PermanentError
from policy.strict_json import UnreadableError, read_json

M = TypeVar("M", bound=BaseModel)
MAX_ANSWER = 200_000
# Providers that hold a model to its schema know no more than these.
KNOWN = ("type", "enum", "items", "properties", "anyOf", "$ref", "$defs", "description")
FENCED = re.compile(r"^\s*```[a-z]*\s*\n(.*?)\n?```\s*$", re.DOTALL)
REPAIR = """\
That was no valid answer: {complaint}
Say it again as one JSON object of the schema, and nothing else."""


class UnreadableAnswerError(PermanentError):
    """What the model said is not what it was asked for. The text holds nothing that it said."""


def schema_of(model: type[BaseModel], without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """As the strict mode of OpenAI's API wants it: every property is required, no other one is
    allowed, and bounds are left to us. `without` names what a model can't know."""
    schema: dict[str, Any] = _strict(model.model_json_schema())
    for name in without:
        schema["properties"].pop(name, None)
    schema["required"] = list(schema["properties"])
    return schema


def read_answer(text: str, model: type[M]) -> M:
    """Raises UnreadableAnswerError, whatever is said."""
    if len(text) > MAX_ANSWER:
        raise UnreadableAnswerError(f"it is longer than {MAX_ANSWER:,} characters")
    fenced = FENCED.match(text)
    try:
        return model.model_validate(read_json((fenced[1] if fenced else text).encode()))
    except ValidationError as error:
        raise UnreadableAnswerError(_complaints(error)) from None
    except UnreadableError as error:
        raise UnreadableAnswerError(str(error)) from None


def repair(request: ChatRequest, said: str, complaint: str) -> ChatRequest:
    """The same once more, with what was wrong."""
    again = (
        ChatMessage(role="assistant", content=clipped(said, 20_000)),
        ChatMessage(role="user", content=REPAIR.format(complaint=complaint)),
    )
    return request.model_copy(update={"messages": (*request.messages, *again)})


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for name in KNOWN:
        if name not in schema:
            continue
        inside = schema[name]
        if name in ("properties", "$defs"):
            kept[name] = {key: _strict(one) for key, one in inside.items()}
        else:
            kept[name] = inside if name == "enum" else _strict(inside)
    if "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def _complaints(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    said = (f"{_place(detail['loc'])}: {detail['msg']}" for detail in details)
    return clipped(one_line("; ".join(said)), 1_000)


def _place(loc: tuple[int | str, ...]) -> str:
    """Names of keys may be the model's own words: only known shapes are repeated."""
    parts = (str(part) for part in loc)
    return ".".join(part if re.fullmatch(r"[a-z_0-9]{1,40}", part) else "?" for part in parts) or (
        "answer"
    )
