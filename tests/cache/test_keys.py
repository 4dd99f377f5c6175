"""Keys as docs/redis.md has them, whatever comes from outside."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from cache.keys import LONGEST, Keys, flight, part

HERE = UUID("00000000-0000-7000-8000-000000000001")
KEYS, PREFIX = Keys(HERE), f"slipway:{HERE}:"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def test_keys_are_those_of_the_schema() -> None:
    built = [
        KEYS.session(HERE),
        KEYS.execution_status(HERE),
        KEYS.cached("issue", "PROJ-1"),
        KEYS.rate_limit("mcp", "client", "tool"),
        KEYS.lock("maintenance", "events"),
        KEYS.metrics("cache"),
        KEYS.breaker("jira"),
        KEYS.orchestration_channel(HERE),
        KEYS.project_channel(HERE),
    ]
    assert [key.removeprefix(PREFIX) for key in built] == [
        f"session:{HERE}",
        f"execution:status:{HERE}",
        "cache:issue:PROJ-1",
        "rate_limit:mcp:client:tool",
        "lock:maintenance:events",
        "metrics:cache",
        "breaker:jira",
        f"channel:orchestration:{HERE}",
        f"channel:project:{HERE}",
    ]


def test_an_answers_key_depends_on_agent_version_and_brief() -> None:
    asked = [("a", "1", "x"), ("b", "1", "x"), ("a", "2", "x"), ("a", "1", "y"), ("a", "", "1x")]
    keys = {KEYS.agent_answer(*ask) for ask in asked}
    assert len(keys) == len(asked)
    assert all(key.startswith(f"{PREFIX}agent:cache:") for key in keys)


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_different_parts_never_make_the_same_key(one: list[str], other: list[str]) -> None:
    build: Callable[..., str] = KEYS.rate_limit
    assert (build("mcp", *one) == build("mcp", *other)) == (one == other)


@given(TEXTS)
@example("x" * (LONGEST + 1))
@example("ä" * LONGEST)
def test_a_part_is_short_and_has_nothing_that_a_pattern_or_a_key_means(text: str) -> None:
    assert len(part(text)) <= LONGEST
    assert not set(part(text)) & set(":*?[]^\\ \n\0")


@given(TEXTS, TEXTS)
def test_a_pattern_matches_the_answers_of_its_agent_and_no_others(agent: str, other: str) -> None:
    key, pattern = KEYS.agent_answer(agent, "1", other), KEYS.agent_answers(agent)
    assert fnmatchcase(key, pattern)
    assert fnmatchcase(flight(key), pattern)
    assert fnmatchcase(KEYS.agent_answer(other, "1", agent), pattern) == (
        part(other) == part(agent)
    )
