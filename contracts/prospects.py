"""Who may still decide, answer or grant more, who may not and why, and what helps then."""

from typing import Literal

from pydantic import BaseModel

from contracts.levels import Approver
from contracts.text import Line

To = Literal["decide", "answer", "grant more"]


class Barred(BaseModel, frozen=True):
    """Somebody who is asked, and whose word would be refused. `why` is a sentence."""

    email: Line
    why: str


class Ask(BaseModel, frozen=True):
    """What waits for the word of any one of these people: no gate, which has rules of its own."""

    issue_key: Line
    asked: tuple[Approver, ...]
    to: To


class Prospects(BaseModel, frozen=True):
    """Of those who are asked now; `to` is what for. `short`: so many voices are missing even if
    everybody speaks who may; then `advice` says what helps, and else it is empty."""

    to: To = "decide"
    may: tuple[Line, ...] = ()
    barred: tuple[Barred, ...] = ()
    short: int = 0
    advice: str = ""

    @property
    def words(self) -> str:
        """Empty where enough are left."""
        if not self.short:
            return ""
        if not self.may:
            return f"nobody is {'left' if self.barred else 'there'} who may {self.to}"
        return f"too few are left who may {self.to}: {self.short} more must agree than may"
