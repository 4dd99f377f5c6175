"""What a web form holds, whatever it is."""

import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.webhooks import WebhookSource
from policy.forms import FORM, json_of
from policy.strict_json import UnreadableError

GITHUB = WebhookSource.GITHUB


@given(st.dictionaries(st.text(), st.text()))
def test_the_payload_comes_out_as_it_went_in(payload: dict[str, str]) -> None:
    text = json.dumps(payload, ensure_ascii=False)
    for body in (urlencode({"payload": text}), f"payload={quote(text, safe='')}&x=1"):
        assert json_of(GITHUB, FORM, body.encode()) == text.encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    try:
        json_of(GITHUB, FORM, body)
    except UnreadableError:
        return
    assert body.count(b"payload=") >= 1


@pytest.mark.parametrize(
    ("source", "content_type"),
    [
        (GITHUB, "application/json"),
        (GITHUB, None),
        (WebhookSource.JIRA, FORM),
    ],
)
def test_what_is_no_form_stays_as_it_is(source: WebhookSource, content_type: str | None) -> None:
    body = f"payload={quote_plus('{}')}".encode()
    assert json_of(source, content_type, body) == body
