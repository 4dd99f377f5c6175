"""What a variable may hold: nonsense is refused in words, which do not repeat it."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from policy import variables

FINE: list[tuple[Callable[[Any], Any], list[str]]] = [
    (variables.bindable, ["127.0.0.1:9464", "0.0.0.0:1", "[::]:65535"]),
    (variables.label, ["slipway", "for slipway"]),
    (variables.name, ["slipway", "llama3.1:8b", "openai/gpt-oss-20b"]),
    (
        variables.web_address,
        ["https://slack.com/api/", "http://127.0.0.1:11434/v1", "http://[::1]:80", "http://a_b"],
    ),
    (variables.origins, ["", "http://chat.internal:8065", "https://a, http://[fd00::1]:80,"]),
    (
        variables.own_accounts,
        [
            "",
            "github:1, gitlab:22,jira:557058:0c",
            "bitbucket:{0f0e0d0c-0000-4000-8000-000000000000}",
            "slack:T012:U345",
        ],
    ),
    (variables.proxies, ["", "*", "127.0.0.1", "100.64.0.0/10, fd00::/8,::1"]),
]
WRONG: list[tuple[Callable[[Any], Any], list[str]]] = [
    (variables.bindable, ["999.1.1.1:80", "127.0.0.1:99999", "[:::]:1", "nonsense:80"]),
    (variables.label, ["", "a\nb", "x" * 201]),
    (variables.name, ["", "two words", "a\nb", "x" * 201]),
    (
        variables.web_address,
        [
            *("", "nonsense", "ftp://a", "https://", "http://:80", "http://a:b", "http://a:0"),
            *("http://a:99999", "http://a b", "http://a?x=1", "http://a#x", "http://a\n.b"),
        ],
    ),
    (
        variables.origins,
        [
            *("nonsense", "http://Chat", "http://chat/", "http://chat/hook", "http://u@chat"),
            *("http://a http://b", "https://chat:99999", "chat.internal"),
        ],
    ),
    (
        variables.own_accounts,
        [
            *("nonsense", "github:octocat", "GitHub:1", "github:", "github:1 github:2", "gitlab:x"),
            *("slack:U345", "bitbucket:my-bot", "email:bot@example.org", "myspace:1"),
        ],
    ),
    (variables.proxies, ["nonsense", "10.0.0.1/8", "10.0.0.0/33", "*,10.0.0.1", "1.2.3"]),
]


@pytest.mark.parametrize(
    ("check", "value"), [(check, value) for check, values in FINE for value in values]
)
def test_what_means_something_is_taken_as_it_is(check: Callable[[Any], Any], value: str) -> None:
    assert check(value) == value


@pytest.mark.parametrize(
    ("check", "value"), [(check, value) for check, values in WRONG for value in values]
)
def test_what_means_nothing_is_refused(check: Callable[[Any], Any], value: str) -> None:
    with pytest.raises(ValueError, match=r"address|name|label|origin|account"):
        check(value)


def test_what_is_refused_is_not_repeated() -> None:
    for check, _ in WRONG:
        with pytest.raises(ValueError, match=r"address|name|label|origin|account") as refused:
            check("my\ns3cret")
        assert "s3cret" not in str(refused.value)


def test_of_a_list_the_entry_that_is_wrong_is_named() -> None:
    with pytest.raises(ValueError, match="entry 2 is no account"):
        variables.own_accounts("github:1,github:octocat")


@pytest.mark.parametrize("wrong", ["two words", "a\nb", "schl\u00fcssel"])
def test_a_token_is_what_a_header_can_carry(wrong: str) -> None:
    assert variables.token(SecretStr("")) == SecretStr("")
    assert variables.token(SecretStr("pat-na1-0")) == SecretStr("pat-na1-0")
    with pytest.raises(ValueError, match="copy it anew") as refused:
        variables.token(SecretStr(wrong))
    assert wrong not in str(refused.value)


@pytest.mark.parametrize("wrong", [{"apy": "1/1m"}, {"api": "many"}])
def test_limits_are_those_there_are(wrong: dict[str, str]) -> None:
    assert variables.limits({"api": "200/1m"}) == {"api": "200/1m"}
    with pytest.raises(ValueError, match="limit"):
        variables.limits(wrong)


@pytest.mark.parametrize(
    "wrong", ["nonsense", "{", '{"api": "1/1m", "api": "2/1m"}', "[" * 100_000]
)
def test_json_is_read_as_everybody_reads_it(wrong: str) -> None:
    assert variables.json_object("") == {}
    assert variables.json_object('{"api": "1/1m"}') == {"api": "1/1m"}
    with pytest.raises(ValueError, match="cannot be read"):
        variables.json_object(wrong)
