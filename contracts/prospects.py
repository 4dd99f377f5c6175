"""Who may still decide on a request, who may not and why, and what helps where too few are left."""

from pydantic import BaseModel

from contracts.text import Line


class Barred(BaseModel, frozen=True):
    """Somebody whom the level names, and whose decision would be refused. `why` is a sentence."""

    email: Line
    why: str


class Prospects(BaseModel, frozen=True):
    """Of the level that is asked now. `short`: so many voices are missing even if everybody decides
    who may; then `advice` says what helps, and else it is empty."""

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
            return f"nobody is {'left' if self.barred else 'there'} who may decide"
        return f"too few are left who may decide: {self.short} more must agree than may"
