"""How risky a change is: what is asked of the repository, and what was found."""

from pydantic import BaseModel, Field

from contracts.agents import TestReport
from contracts.levels import Risk
from contracts.text import Line


class RiskQuestion(BaseModel, frozen=True):
    """The change from `start_commit` to `commit`, and what the project's tests said of it."""

    repo_url: str
    start_commit: str
    commit: str
    tests: TestReport | None = None


class Assessment(BaseModel, frozen=True):
    """`clean`: nothing that security would look at. `diff_size` counts lines, in and out."""

    risk: Risk
    clean: bool
    files_changed: int = 0
    diff_size: int = 0
    reasons: tuple[Line, ...] = Field(default=(), max_length=10)
