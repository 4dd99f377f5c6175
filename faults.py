"""What is wrong with data that somebody gave, in words."""

from pydantic import ValidationError

from settings import Settings


def faults(error: ValidationError) -> str:
    """Never the value: it may be a secret, or a megabyte. Settings have the names of variables."""
    variables = error.title == Settings.__name__
    return "; ".join(
        _name(fault["loc"], variables=variables) + fault["msg"].removeprefix("Value error, ")
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _name(place: tuple[int | str, ...], *, variables: bool) -> str:
    """Where several settings do not go together, what is said names them."""
    if variables and not place:
        return ""
    name = ".".join(map(str, place)) or "options"
    return f"{name.upper() if variables else name}: "
