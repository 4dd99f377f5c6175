"""No message goes to this machine or into a private network, however its address is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.addresses import OutgoingRules, UnsafeAddressError, checked, is_public

RULES = OutgoingRules(production=False)
INWARD = [
    "http://127.0.0.1/x",
    "http://127.1/x",
    "http://0/x",
    "http://0.0.0.0/x",
    "http://0x7f.1/x",
    "http://0x7f000001/x",
    "http://2130706433/x",
    "http://017700000001/x",
    "http://[::1]/x",
    "http://[::]/x",
    "http://[::ffff:127.0.0.1]/x",
    "http://[::127.0.0.1]/x",
    "http://[64:ff9b::7f00:1]/x",
    "http://[64:ff9b:1::7f00:1]/x",
    "http://[::ffff:0:7f00:1]/x",
    "http://[fec0::1]/x",
    "http://[2002:7f00:1::]/x",
    "http://[fe80::1]/x",
    "http://[fe80::1%25eth0]/x",
    "http://[fd00::1]/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/x",
    "http://172.16.0.1/x",
    "http://192.168.1.1/x",
    "http://100.64.0.1/x",
    "http://224.0.0.1/x",
    "http://localhost/x",
    "http://LOCALHOST./x",
    "http://a.localhost/x",
    "http://postgres.railway.internal/x",
    "http://metadata.google.internal/x",
]
WRONG = [
    "",
    "example.org",
    "file:///etc/passwd",
    "gopher://example.org/x",
    "ext::sh -c id",
    "https://user:password@example.org/x",
    "https://example.org@127.0.0.1/x",
    "https://example.org\\@127.0.0.1/x",
    "https://example.org/a b",
    "https://example.org/\r\nHost: x",
    "https://\uff11\uff12\uff17.0.0.1/x",
    "https://exam_ple..org/x",
    "https:///x",
    "https://[::1/x",
    "https://example.org:99999/x",
    "https://example.org:5432/x",
    "https://example.org:6379/x",
    "https://example.org:7233/x",
    "https://example.org:0/x",
    "https://example.org/" + "x" * 2_000,
]


@pytest.mark.parametrize("url", INWARD + WRONG)
def test_it_is_refused_as_it_is_written(url: str) -> None:
    with pytest.raises(UnsafeAddressError, match="Nothing is sent to this address"):
        RULES.place_of(url)


def test_the_refusal_does_not_repeat_what_may_be_a_secret() -> None:
    with pytest.raises(UnsafeAddressError) as refused:
        RULES.place_of("http://127.0.0.1/services/T00/B00/s3cret")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/services/T/B/x", "https://8.8.8.8/x", "https://a.example:8443"]
)
def test_the_rest_of_the_world_may_be_told(url: str) -> None:
    place = OutgoingRules(production=True).place_of(url)
    assert checked(place, ["93.184.216.34"]) == ["93.184.216.34"]


def test_without_tls_nothing_goes_out_in_production() -> None:
    assert RULES.place_of("http://example.org/x").port == 80
    with pytest.raises(UnsafeAddressError, match="only https"):
        OutgoingRules(production=True).place_of("http://example.org/x")


@pytest.mark.parametrize(
    "resolved", [[], ["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%2"]]
)
def test_one_private_address_of_a_name_spoils_all(resolved: list[str]) -> None:
    with pytest.raises(UnsafeAddressError):
        checked(RULES.place_of("https://example.org/x"), resolved)


def test_an_operator_may_vouch_for_one_origin_and_for_that_alone() -> None:
    rules = OutgoingRules(production=True, trusted=frozenset({"http://chat.internal:8065"}))
    place = rules.place_of("http://chat.internal:8065/hooks/x")
    assert checked(place, ["10.0.0.7"]) == ["10.0.0.7"]
    for other in ("http://chat.internal:8066/x", "http://127.0.0.1:8065/x"):
        with pytest.raises(UnsafeAddressError):
            rules.place_of(other)


@given(st.ip_addresses(v=4))
def test_what_is_private_stays_so_inside_of_ipv6(address: object) -> None:
    if not is_public(str(address)):
        assert not is_public(f"::ffff:{address}")
        assert not is_public(f"64:ff9b::{address}")
