"""Names what is loaded when it is called first: to load all that commands need takes a second."""

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any


def deferred(place: str) -> Callable[..., Any]:
    """The function at `module:name`."""

    def call(*arguments: Any, **named: Any) -> Any:
        return resolve_name(place)(*arguments, **named)

    return call
