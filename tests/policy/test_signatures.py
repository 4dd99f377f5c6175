"""Each provider's scheme, against what others publish and what others compute."""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook

from contracts.webhooks import WebhookSource
from policy.signatures import Request, authentic, fresh
from policy.signing import Posting, signed_headers

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
# https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
PUBLISHED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HUB = {
    WebhookSource.GITHUB: "x-hub-signature-256",
    WebhookSource.BITBUCKET: "x-hub-signature",
    WebhookSource.JIRA: "x-hub-signature",
}
URI = "https://slipway.example.org/webhooks/hubspot"
SENDABLE = [source for source in WebhookSource if source is not WebhookSource.SLACK]


def request(headers: Mapping[str, str], body: bytes = BODY, uri: str = URI) -> Request:
    return Request({name: [value] for name, value in headers.items()}, body, "POST", uri)


def sent(source: WebhookSource, secret: str = KEY, body: bytes = BODY) -> Request:
    posting = Posting(body, secret, "one", "event", NOW, URI)
    return request(signed_headers(source, posting), body)


def changed(source: Request, body: bytes) -> Request:
    return Request(source.headers, body, source.method, source.uri)


@pytest.mark.parametrize("source", HUB)
def test_the_published_vector_is_let_in(source: WebhookSource) -> None:
    assert authentic(source, request({HUB[source]: PUBLISHED}), [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        "",
        PUBLISHED.removeprefix("sha256="),
        PUBLISHED.replace("sha256", "sha1"),
        PUBLISHED[:-1],
        PUBLISHED + "0",
        PUBLISHED.upper(),
        " " + PUBLISHED,
        "sha256=",
        "\xff\xfe",
        PUBLISHED[:-1] + "\xe9",
    ],
)
def test_what_is_not_exactly_the_signature_is_refused(header: str) -> None:
    assert not authentic(
        WebhookSource.GITHUB, request({HUB[WebhookSource.GITHUB]: header}), [SECRET]
    )


def test_a_signature_that_comes_twice_is_refused() -> None:
    twice = Request({HUB[WebhookSource.GITHUB]: [PUBLISHED, PUBLISHED]}, BODY)
    assert not authentic(WebhookSource.GITHUB, twice, [SECRET])


def test_every_secret_of_a_rotation_counts() -> None:
    signed = request({HUB[WebhookSource.GITHUB]: PUBLISHED})
    assert authentic(WebhookSource.GITHUB, signed, ["the new one", SECRET])


@pytest.mark.parametrize("source", WebhookSource)
def test_without_secrets_nobody_is_let_in(source: WebhookSource) -> None:
    empty = hmac.new(b"", BODY, sha256).hexdigest()
    headers = {header: f"sha256={empty}" for header in HUB.values()}
    for secrets in ([], [""]):
        assert not authentic(source, request({**headers, "x-gitlab-token": ""}), secrets)


@pytest.mark.parametrize("source", SENDABLE)
@given(body=st.binary(max_size=300), other=st.binary(max_size=300))
def test_a_signature_is_good_for_its_body_alone(
    source: WebhookSource, body: bytes, other: bytes
) -> None:
    signed = sent(source, body=body)
    assert authentic(source, signed, [KEY])
    assert authentic(source, changed(signed, other), [KEY]) == (other == body)
    assert not authentic(source, signed, ["whsec_b3RoZXI="])


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


def test_one_right_signature_among_several_is_enough() -> None:
    signed = sent(WebhookSource.STANDARD)
    right = signed.headers["webhook-signature"][0]
    several = {**signed.headers, "webhook-signature": [f"v1,AAAA v1a,BBBB {right}"]}
    assert authentic(WebhookSource.STANDARD, Request(several, BODY), [KEY])


def test_ten_thousand_signatures_cost_no_more_than_a_few() -> None:
    signed = sent(WebhookSource.STANDARD)
    right = signed.headers["webhook-signature"][0]
    flood = " ".join(["v1,AAAA"] * 10_000 + [right])
    began = perf_counter()
    many = {**signed.headers, "webhook-signature": [flood]}
    assert not authentic(WebhookSource.STANDARD, Request(many, BODY), [KEY])
    assert perf_counter() - began < 0.05


def test_gitlab_with_a_signature_is_never_let_in_by_its_token() -> None:
    both = request({"x-gitlab-token": SECRET, "webhook-signature": "v1,AAAA", "webhook-id": "one"})
    assert not authentic(WebhookSource.GITLAB, both, [SECRET, KEY])
    assert authentic(WebhookSource.GITLAB, request({"x-gitlab-token": SECRET}), [SECRET, KEY])


def test_gitlabs_signing_key_is_no_token() -> None:
    assert not authentic(WebhookSource.GITLAB, request({"x-gitlab-token": KEY}), [KEY])


def test_gitlabs_signed_requests_are_checked_for_their_time() -> None:
    signed = sent(WebhookSource.GITLAB)
    assert authentic(WebhookSource.GITLAB, signed, [KEY])
    assert fresh(WebhookSource.GITLAB, signed, NOW + timedelta(seconds=299))
    assert not fresh(WebhookSource.GITLAB, signed, NOW + timedelta(seconds=301))


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


def hubspot(uri: str, signature: str) -> Request:
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
    elsewhere = Request(signed.headers, BODY, "POST", "https://evil.example.org/webhooks/hubspot")
    later = {**signed.headers, "x-hubspot-request-timestamp": ["1795248000001"]}
    assert authentic(WebhookSource.HUBSPOT, signed, [KEY])
    assert not authentic(WebhookSource.HUBSPOT, elsewhere, [KEY])
    assert not authentic(WebhookSource.HUBSPOT, Request(later, BODY, "POST", URI), [KEY])


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


def slack(signature: str, body: bytes, at: str) -> Request:
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


@pytest.mark.parametrize(
    "written",
    ["NaN", "inf", "10000000000", "", "-1", "+1", "1_0", "1e9", "٣", "1.5", "9" * 400],
)
def test_what_is_no_recent_time_is_stale(written: str) -> None:
    for source, name in (
        (WebhookSource.STANDARD, "webhook-timestamp"),
        (WebhookSource.HUBSPOT, "x-hubspot-request-timestamp"),
    ):
        headers = {name: written, "webhook-signature": "v1,AAAA"}
        assert not fresh(source, request(headers), NOW)


@pytest.mark.parametrize(
    ("off", "is_fresh"), [(299, True), (301, False), (-299, True), (-301, False)]
)
def test_five_minutes_either_way_are_fresh(off: int, is_fresh: bool) -> None:
    at = NOW + timedelta(seconds=off)
    seconds, milliseconds = str(int(at.timestamp())), str(int(at.timestamp() * 1_000))
    standard = request({"webhook-timestamp": seconds, "webhook-signature": ""})
    assert fresh(WebhookSource.STANDARD, standard, NOW) is is_fresh
    hubspot_ = request({"x-hubspot-request-timestamp": milliseconds})
    assert fresh(WebhookSource.HUBSPOT, hubspot_, NOW) is is_fresh
    mistaken = request({"webhook-timestamp": milliseconds, "webhook-signature": ""})
    assert not fresh(WebhookSource.STANDARD, mistaken, NOW)


@pytest.mark.parametrize("source", WebhookSource)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "x-hub-signature-256",
                "x-hub-signature",
                "x-gitlab-token",
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "x-hubspot-signature-v3",
                "x-hubspot-request-timestamp",
                "x-slack-signature",
                "x-slack-request-timestamp",
            ]
        ),
        st.lists(st.text(st.characters(max_codepoint=255), max_size=50), max_size=2),
    )
)
def test_whatever_headers_come_the_answer_is_no(
    source: WebhookSource, headers: dict[str, list[str]]
) -> None:
    assert not authentic(source, Request(headers, BODY), [KEY, SECRET])
    fresh(source, Request(headers, BODY), NOW)
