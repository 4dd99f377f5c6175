"""Each provider's scheme, against what others publish and what their own libraries compute."""

import base64
import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook

from contracts.webhooks import WebhookSource
from policy.signatures import SignedRequest, authentic, fresh
from tests.policy.signed_requests import BODY, HUB, KEY, NOW, PUBLISHED, SECRET, URI, request, sent


@pytest.mark.parametrize("source", HUB)
def test_the_published_vector_is_let_in(source: WebhookSource) -> None:
    assert authentic(source, request({HUB[source]: PUBLISHED}), [SECRET])


@given(body=st.binary(max_size=300), identity=st.from_regex(r"\A[a-z0-9-]{1,40}\Z"))
def test_standard_webhooks_agree_with_their_own_library(body: bytes, identity: str) -> None:
    text = body.decode("latin-1")
    signature = Webhook(KEY).sign(identity, NOW, text)
    for prefix in ("webhook", "svix"):
        headers = {
            f"{prefix}-id": identity,
            f"{prefix}-timestamp": str(int(NOW.timestamp())),
            f"{prefix}-signature": signature,
        }
        signed = request(headers, text.encode())
        assert authentic(WebhookSource.STANDARD, signed, [KEY])
        assert fresh(WebhookSource.STANDARD, signed, NOW)


ENCODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def hubspot_signature(uri: str, body: bytes, at: str) -> str:
    """By HubSpot's own description, step by step."""
    text = b"POST" + uri.encode() + body + at.encode()
    return base64.b64encode(hmac.new(SECRET.encode(), text, sha256).digest()).decode()


def hubspot(uri: str, signature: str) -> SignedRequest:
    at = str(int(NOW.timestamp() * 1_000))
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": at}
    return request(headers, BODY, uri)


def test_hubspot_decodes_its_twelve_in_the_query_and_no_others() -> None:
    at = str(int(NOW.timestamp() * 1_000))
    written = "".join(ENCODED) + "%20%26%3D"
    decoded = "".join(ENCODED.values()) + "%20%26%3D"
    signature = hubspot_signature(f"{URI}?a={decoded}", BODY, at)
    assert authentic(WebhookSource.HUBSPOT, hubspot(f"{URI}?a={written}", signature), [SECRET])


def test_hubspot_leaves_the_path_as_it_is() -> None:
    at = str(int(NOW.timestamp() * 1_000))
    signature = hubspot_signature(f"{URI}/a%2Fb", BODY, at)
    assert authentic(WebhookSource.HUBSPOT, hubspot(f"{URI}/a%2Fb", signature), [SECRET])


def test_hubspot_signs_the_time_and_the_address() -> None:
    signed = sent(WebhookSource.HUBSPOT)
    elsewhere = SignedRequest(
        signed.headers, BODY, "POST", "https://evil.example.org/webhooks/hubspot"
    )
    later = {**signed.headers, "x-hubspot-request-timestamp": ["1795248000001"]}
    assert authentic(WebhookSource.HUBSPOT, signed, [KEY])
    assert not authentic(WebhookSource.HUBSPOT, elsewhere, [KEY])
    assert not authentic(WebhookSource.HUBSPOT, SignedRequest(later, BODY, "POST", URI), [KEY])


# https://docs.slack.dev/authentication/verifying-requests-from-slack
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SLACK_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
SLACK_TIME = "1531420618"
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfm"
    b"ibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def slack(signature: str, body: bytes, at: str) -> SignedRequest:
    return request({"x-slack-signature": signature, "x-slack-request-timestamp": at}, body)


def test_slacks_published_vector_is_let_in_and_long_stale() -> None:
    published = slack(SLACK_SIGNATURE, SLACK_BODY, SLACK_TIME)
    assert authentic(WebhookSource.SLACK, published, [SLACK_SECRET])
    assert not fresh(WebhookSource.SLACK, published, NOW)


@given(body=st.text(st.characters(codec="utf-8"), max_size=200))
def test_slack_agrees_with_its_own_library(body: str) -> None:
    at = str(int(NOW.timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body)
    assert signature is not None
    signed = slack(signature, body.encode(), at)
    assert authentic(WebhookSource.SLACK, signed, [SECRET])
    assert fresh(WebhookSource.SLACK, signed, NOW)
