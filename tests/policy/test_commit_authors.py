"""Addresses out of commits, which can carry anything in their place, and whose they may be."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policy.commit_authors import MOST_AUTHORS, accounts_of, addresses_in


def test_each_address_is_named_once_in_small_letters() -> None:
    assert addresses_in(b"Ann@Example.org\nbob@x.test\nann@example.ORG\n") == (
        "ann@example.org",
        "bob@x.test",
    )


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"ann", b"@", b"ann@", b"@x.test", b"a@b@c", b"a b@x.test", b"<a@x.test>"),
        *(b"github:ann@x.test", b"a\x00@x.test", b"a\x1b[2J@x.test", b"a\xff\xfe@x\xe2\x80\xae.t "),
        b"a@" + b"x" * 300,
    ],
)
def test_what_is_no_address_is_passed_over(line: bytes) -> None:
    assert addresses_in(line + b"\nann@x.test") == ("ann@x.test",)


def test_no_more_are_named_than_can_be_looked_up() -> None:
    many = b"".join(b"%d@x.test\n" % number for number in range(1_000))
    assert addresses_in(many) == tuple(f"{number}@x.test" for number in range(MOST_AUTHORS))


@given(st.binary(max_size=400))
@example(b"\xc4\xb0@x.test")
def test_whatever_a_commit_carries_comes_to_addresses_or_to_nothing(printed: bytes) -> None:
    found = addresses_in(printed)
    assert len(set(found)) == len(found) <= MOST_AUTHORS
    for address in found:
        assert address.isprintable()
        assert address.count("@") == 1
        assert len(address) <= 254
        assert next(iter(accounts_of(address))) == ("email", address)


@pytest.mark.parametrize(
    ("address", "accounts"),
    [
        ("7+ann@users.noreply.github.com", ["github:7", "github:ann"]),
        ("ann@users.noreply.github.com", ["github:ann"]),
        ("7-ann@users.noreply.gitlab.com", ["gitlab:7", "gitlab:ann"]),
        ("7+ann@users.noreply.github.com.evil.test", []),
        ("noreply@github.com", []),
        ("ann@x.test", []),
    ],
)
def test_an_address_that_a_git_host_gives_out_says_whose_it_is(
    address: str, accounts: list[str]
) -> None:
    first, *others = [f"{provider}:{id}" for provider, id in accounts_of(address)]
    assert first == f"email:{address}"
    assert others == accounts
