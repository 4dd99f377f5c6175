"""Routing comes to an end whatever a payload is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.commands import Routed
from contracts.webhooks import WebhookSource
from tests.policy.deliveries import KINDS, NAMES, of_sample, payload_of, routed

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(
        ["PROJ-1; rm -rf /", "SHOP-7\n", "0001-01-01T00:00:00+14:00", "\x00", "SHOP-0"]
    ),
    st.sampled_from([10**30, 2**53 + 1, 2**63, -1, "x" * 20_000]),
)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner)
)


def damaged(value: Any, choose: Any) -> Any:
    """The same shape with some of its leaves, and some of its branches, being anything."""
    if choose(st.integers(0, 11)) == 0:
        return choose(ANY_JSON)
    if isinstance(value, dict):
        return {name: damaged(one, choose) for name, one in value.items()}
    return [damaged(one, choose) for one in value] if isinstance(value, list) else value


def check(found: Routed) -> None:
    assert bool(found.commands) != bool(found.ignored)
    assert len({one.once for one in found.commands}) == len(found.commands)
    assert Routed.model_validate_json(found.model_dump_json()) == found


@given(st.sampled_from(list(WebhookSource)), st.sampled_from(KINDS), ANY_JSON)
def test_no_payload_is_an_error(source: WebhookSource, event: str, payload: Any) -> None:
    check(routed(source, event, payload))


@given(st.sampled_from(NAMES), st.data())
def test_no_damaged_payload_is_an_error(name: str, data: st.DataObject) -> None:
    check(of_sample(name, damaged(payload_of(name), data.draw)))
