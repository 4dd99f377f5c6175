"""Each provider's scheme, against what others publish and what others compute."""

import hmac
from datetime import timedelta
from hashlib import sha256
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.webhooks import WebhookSource
from policy.signatures import SignedRequest, authentic, fresh
from tests.policy.signed_requests import BODY, HUB, KEY, NOW, PUBLISHED, SECRET, request, sent

SENDABLE = [source for source in WebhookSource if source is not WebhookSource.SLACK]


def changed(source: SignedRequest, body: bytes) -> SignedRequest:
    return SignedRequest(source.headers, body, source.method, source.uri)


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
    twice = SignedRequest({HUB[WebhookSource.GITHUB]: [PUBLISHED, PUBLISHED]}, BODY)
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


def test_one_right_signature_among_several_is_enough() -> None:
    signed = sent(WebhookSource.STANDARD)
    right = signed.headers["webhook-signature"][0]
    several = {**signed.headers, "webhook-signature": [f"v1,AAAA v1a,BBBB {right}"]}
    assert authentic(WebhookSource.STANDARD, SignedRequest(several, BODY), [KEY])


def test_ten_thousand_signatures_cost_no_more_than_a_few() -> None:
    signed = sent(WebhookSource.STANDARD)
    right = signed.headers["webhook-signature"][0]
    flood = " ".join(["v1,AAAA"] * 10_000 + [right])
    began = perf_counter()
    many = {**signed.headers, "webhook-signature": [flood]}
    assert not authentic(WebhookSource.STANDARD, SignedRequest(many, BODY), [KEY])
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


@pytest.mark.parametrize("headers", [{}, {"webhook-signature": "v1,x"}])
def test_whoever_tells_no_time_is_always_fresh(headers: dict[str, str]) -> None:
    assert fresh(WebhookSource.GITHUB, request(headers), NOW)
    assert fresh(WebhookSource.GITLAB, request(headers), NOW) is (not headers)


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
    assert not authentic(source, SignedRequest(headers, BODY), [KEY, SECRET])
    fresh(source, SignedRequest(headers, BODY), NOW)
