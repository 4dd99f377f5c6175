"""A message as a card: a coloured thing with a title, fields and a footer, for any channel."""

from typing import Annotated

from pydantic import BaseModel, Field

from contracts.text import Comment, Line


class CardField(BaseModel, frozen=True):
    name: Line
    value: Comment
    short: bool = False


class Card(BaseModel, frozen=True):
    """`color` is 0xRRGGBB. Text is plain: escaping is for the channel that gives it a meaning."""

    title: Line
    text: Comment = ""
    color: int = Field(ge=0, le=0xFFFFFF)
    fields: Annotated[tuple[CardField, ...], Field(max_length=20)] = ()
    footer: Line = ""
