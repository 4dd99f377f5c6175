"""Text from outside, made fit for every store it will pass through."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

MAX_DESCRIPTION = 100_000
MAX_LINE = 500
MAX_COMMENT = 10_000
# Colours, cursors and titles, as programs write them for terminals (ECMA-48). The second ends
# with BEL or ESC \\, or never.
_FOR_TERMINALS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?")


def storable(value: object) -> object:
    """Without NUL and lone surrogates, which neither Postgres text nor jsonb can hold."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def one_line(value: str) -> str:
    return " ".join(value.split())


def uncoloured(text: str) -> str:
    """What a person reads of what a program wrote for a terminal."""
    return _FOR_TERMINALS.sub("", text)


Text = Annotated[str, BeforeValidator(storable)]
Line = Annotated[
    str, BeforeValidator(storable), AfterValidator(one_line), Field(max_length=MAX_LINE)
]
Comment = Annotated[str, BeforeValidator(storable), Field(max_length=MAX_COMMENT)]
Description = Annotated[str, BeforeValidator(storable), Field(max_length=MAX_DESCRIPTION)]


def clipped(text: str, limit: int = 2_000) -> str:
    """At most `limit` characters; what is missing is said, where there is room for that."""
    if len(text) <= limit:
        return text
    note = f"… [{len(text) - limit:,} more characters]"
    if len(note) >= limit:
        return text[: limit - 1] + "…"
    return text[: limit - len(note)] + note
