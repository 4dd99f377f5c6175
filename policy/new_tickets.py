"""Which key a ticket gets that is made of an issue kept elsewhere."""

from collections.abc import Iterable

from contracts.commands import Subject


def project_key(keys: Iterable[str]) -> str | None:
    return next((key.rpartition("-")[0] for key in keys), None)


def first_key(project: str, about: Subject) -> str | None:
    """The one that its title names already, else the project's with the issue's own number. None
    where there is neither."""
    named = (key for key in about.keys if key.rpartition("-")[0] == project)
    numbered = f"{project}-{about.issue.number}" if about.issue else None
    return next(named, numbered)
