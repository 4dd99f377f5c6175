"""Which key a ticket gets that is made of an issue kept elsewhere."""

from collections.abc import Iterable

from contracts.commands import Subject
from contracts.issues import project_of


def project_key(keys: Iterable[str]) -> str | None:
    return next(map(project_of, keys), None)


def first_key(project: str, about: Subject) -> str | None:
    """The one that its title names already, else the project's with the issue's own number. None
    where there is neither."""
    named = (key for key in about.keys if project_of(key) == project)
    numbered = f"{project}-{about.issue.number}" if about.issue else None
    return next(named, numbered)
