"""Schemas for models that are held to them, and what models say all the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agents import Report
from contracts.triage import TriageResult
from policy.model_answers import UnreadableAnswerError, read_answer, schema_of
from tests.model_server import GOOD

SAID = GOOD.model_dump_json()


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every part of it that describes an object."""
    if isinstance(schema, list):
        return [found for one in schema for found in objects(one)]
    if not isinstance(schema, dict):
        return []
    inside = [found for one in schema.values() for found in objects(one)]
    return [schema, *inside] if schema.get("type") == "object" else inside


@pytest.mark.parametrize("model", [TriageResult, Report])
def test_a_schema_is_strict_all_the_way_down(model: Any) -> None:
    for part in objects(schema_of(model)):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_a_schema_can_leave_out_what_a_model_cannot_know() -> None:
    schema = schema_of(Report, without=frozenset({"usage"}))
    assert "usage" not in schema["properties"]
    assert "usage" not in schema["required"]


@pytest.mark.parametrize("said", [SAID, f"```json\n{SAID}\n```", f"\n```\n{SAID}```\n"])
def test_an_answer_may_stand_in_a_fence(said: str) -> None:
    assert read_answer(said, TriageResult) == GOOD


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Sure!",
        "null",
        "[]",
        "[" * 100_000,
        SAID[:-1] + ', "confidence": 1}',
        SAID.replace("0.9", "NaN"),
        SAID.replace("0.9", "9" * 5_000),
        SAID.replace("0.9", '"secret words"'),
        SAID[:-1] + ', "secret words": 1}',
        " " * 200_001,
    ],
    ids=range(11),
)
def test_what_is_no_answer_is_refused_without_repeating_it(said: str) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        read_answer(said, TriageResult)
    assert "secret words" not in str(caught.value)
    assert len(str(caught.value)) <= 1_000


@given(said=st.text(max_size=2_000) | st.text(alphabet='{}[]",:0.eE-\\u', max_size=200))
def test_nothing_that_is_said_does_any_harm(said: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_answer(said, TriageResult)
