"""What people said to a running orchestration."""

from typing import Literal

from pydantic import BaseModel

from contracts.text import Comment


class GuidanceGiven(BaseModel, frozen=True):
    type: Literal["GuidanceGiven"] = "GuidanceGiven"
    text: Comment


class QuestionAsked(BaseModel, frozen=True):
    type: Literal["QuestionAsked"] = "QuestionAsked"
    question: Comment


class QuestionAnswered(BaseModel, frozen=True):
    type: Literal["QuestionAnswered"] = "QuestionAnswered"
    question: Comment
    answer: Comment


class QuestionWithdrawn(BaseModel, frozen=True):
    """Nobody is asked any more: the work ends for another reason."""

    type: Literal["QuestionWithdrawn"] = "QuestionWithdrawn"
    question: Comment
    reason: Comment
