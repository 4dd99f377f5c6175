"""Shows a list: as JSON to programs, in lines to people."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from cli.exits import DONE
from cli.terminal import output

Row = TypeVar("Row", bound=BaseModel)


def listed(
    rows: Sequence[Row], lines: Callable[[Row], Iterable[str]], nothing: str, *, as_json: bool
) -> int:
    """The exit code. `nothing` is what people are told where there are no rows."""
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows]))
        return DONE
    for row in rows:
        for line in lines(row):
            output().print(line)
    if not rows:
        output().print(nothing)
    return DONE
