"""What kind of work a ticket was, so that later ones can be held against it."""

from uuid import UUID

from pydantic import BaseModel

from contracts.issues import IssueType
from contracts.text import Line


class Signature(BaseModel, frozen=True):
    """In one form, so that the same kind is the same text (policy/patterns.py makes it). `paths`
    are the top folders that were changed, or are to be."""

    type: IssueType
    labels: tuple[Line, ...] = ()
    components: tuple[Line, ...] = ()
    paths: tuple[Line, ...] = ()


class Precedent(BaseModel, frozen=True):
    """How finished work of one kind went."""

    kind: Line
    worked: int
    succeeded: int


class PatternRow(BaseModel, frozen=True):
    """A pattern as Postgres shows it."""

    id: UUID
    name: str
    signature: Signature
    usage_count: int
    success_count: int
    example_issues: tuple[str, ...]
