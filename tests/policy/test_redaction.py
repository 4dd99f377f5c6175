"""Secrets are taken out of texts by value and by their looks; all else stays."""

import base64
import json
import random
import string
from enum import StrEnum
from time import process_time
from typing import Annotated
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from policy.redaction import Redaction
from policy.secret_patterns import SECRET_PATTERNS

# Pieced together, so that nobody's scanner takes them for real ones.
A, B = "Abcdefgh1jklmnopqrstuvwxyz0123456789", "0123456789abcdef"
SECRETS = {
    "AWS key": ["AK" + "IAIOSFODNN7EXAMPLE", "AS" + "IAIOSFODNN7EXAMPLE"],
    "GitHub token": ["gh" + "p_" + A, "gh" + "s_" + A, "github_" + "pat_" + A],
    "GitLab token": ["gl" + "pat-" + A, "gl" + "pat-" + A + ".01.0w1abc", "gl" + "dt-" + A],
    "Slack token": ["xo" + "xb-123456789012-" + A, "xa" + "pp-1-A012-" + A],
    "Stripe key": ["sk" + "_live_" + A, "rk" + "_test_" + A, "wh" + "sec_" + A],
    "OpenAI key": ["sk" + "-" + A, "sk" + "-proj-" + A + "_-" + A],
    "Anthropic key": ["sk" + "-ant-api03-" + A],
    "Google key": ["AI" + "za" + A[:35], "ya" + "29." + A, "GOC" + "SPX-" + A],
    "Atlassian token": ["AT" + "ATT3" + A + A],
    "package token": ["np" + "m_" + A, "py" + "pi-" + A + A, "h" + "f_" + A],
    "JWT": [".".join(["ey" + "JhbGciOiJI", "ey" + "JzdWIiOiIx", A])],
    "private key": [
        f"-----BEGIN {name}-----\n{A}\n{A}==\n-----END {name}-----"
        for name in ("PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    ],
}
LOOKS = [(kind, secret) for kind, secrets in SECRETS.items() for secret in secrets]
FORMS = [
    ("password", "password=", "hunter2"),
    ("password", "DB_PASSWORD=", "correcthorse"),
    ("password", "password: ", "hunter2"),
    ("password", "PASSWD = '", "it is \\' long"),
    ("password", '"password": "', 'say \\"friend\\"'),
    ("password", '{\\"apiKey\\": \\"', "abcdefg"),
    ("password", "https://host/path?access_token=", "abc.def1"),
    ("password", "Server=db;Uid=me;Pwd=", "a$b*c(d)e"),
    ("password", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("password", "SLIPWAY_ENCRYPTION_KEYS=", "abcdefghijklmnopqrstuvwxyz="),
    ("password", "client_secret => '", "abc"),
    ("password in a URL", "postgresql://me:", "p@ss:word"),
    ("password in a URL", "https://", "sometoken0123456789"),
    ("authorization", "Authorization: Basic ", "bWU6c2VjcmV0"),
    ("authorization", "curl -H 'authorization: bearer ", "abcdef0123456789"),
    ("authorization", "sent Bearer ", "abcdef0123456789"),
]
HARMLESS = [
    "Reset the password: users must get a link.",
    "password: required",
    "def login(password: str, token: str | None = None) -> Token:",
    "connect(token=self._token, password=settings.database.password)",
    "secret = get_secret()",
    "password=$DB_PASSWORD token=<your token> api_key=***",
    "max_tokens=4096, tokens: 1200, tokenizer=gpt2",
    "git@github.com:owner/repository.git ssh://git@github.com:22/a https://host:8080/@scope/x",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "the tasks-and-disk-usage glance-and-so-on",
    'if key == "-----BEGIN CERTIFICATE-----":',
    "Authorization: ask your admin",
]
SECRET = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "/+=%&?\"'\\ü€:@~-_ "), min_size=8
)


def redacted(text: str) -> str:
    return Redaction([]).text(text)


@pytest.mark.parametrize(("kind", "secret"), LOOKS)
@pytest.mark.parametrize("around", ["{}", "log: {}, then", '{{"value": "{}"}}', "x\n{}\ny"])
def test_secrets_are_known_by_their_looks(kind: str, secret: str, around: str) -> None:
    assert redacted(around.format(secret)) == around.format(f"[redacted: {kind}]")


@pytest.mark.parametrize(("kind", "before", "secret"), FORMS)
def test_what_is_called_a_secret_is_one_and_its_name_stays(
    kind: str, before: str, secret: str
) -> None:
    closing = {"'": "'", '"': '"'}.get(before[-1], "")
    closing = '\\"' if before.endswith('\\"') else closing
    closing = "@host/path" if kind == "password in a URL" else closing
    text = f"see {before}{secret}{closing}\nand more"
    assert redacted(text) == f"see {before}[redacted: {kind}]{closing}\nand more"


@pytest.mark.parametrize("text", HARMLESS)
def test_prose_and_code_about_secrets_stay(text: str) -> None:
    assert redacted(text) == text


def test_a_private_key_that_was_cut_is_none_the_less_taken_out() -> None:
    cut = f"-----BEGIN RSA PRIVATE KEY-----\n{A}\n{A}\n{A[:20]}\n… [cut]"
    assert redacted(cut) == "[redacted: private key]\n… [cut]"
    assert redacted(json.dumps(cut)) == '"[redacted: private key]\\n\\u2026 [cut]"'


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_found_in_every_form(secret: str, before: str, behind: str) -> None:
    secret = secret.strip() + "Zq9x"
    redaction = Redaction([secret])
    in_json = json.dumps({"a": f"{before}{secret}{behind}"})
    for written in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret)):
        assert written not in redaction.text(f"{before}{written}{behind}")
    assert json.dumps(secret)[1:-1] not in redaction.text(in_json)


@given(SECRET, st.binary(max_size=9), st.binary(max_size=9), st.booleans())
def test_a_known_secret_is_found_at_every_place_of_a_base64_text(
    secret: str, before: bytes, behind: bytes, urlsafe: bool
) -> None:
    secret = secret.strip() + "Zq9x"
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    whole = encode(before + secret.encode() + behind).decode()
    shown = Redaction([secret]).text(whole)
    assert "[redacted: known secret]" in shown
    left = shown.replace("[redacted: known secret]", "")
    assert len(whole) - len(left) >= len(secret.encode()) * 8 // 6 - 2


PIECES = st.sampled_from(
    [secret for _, secret in LOOKS]
    + [before + secret for _, before, secret in FORMS]
    + [*HARMLESS, "kn0wn-value", "[redacted: JWT]", "[redacted: ", "]", '"', "\\", "\n", " ", "="]
    + ["password", "://", "@", ":", "eyJ", "-----BEGIN ", "PRIVATE KEY-----", "bearer ", "none"]
)
REDACTION = Redaction(["kn0wn-value", "other-value"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    once = REDACTION.text(text)
    assert REDACTION.text(once) == once
    assert "kn0wn-value" not in once


@given(st.binary(max_size=200))
def test_bytes_without_secrets_stay_as_they_are(data: bytes) -> None:
    assert Redaction(["not-in-there"]).data(data) == data or b"=" in data or b":" in data
    hidden = Redaction(["kn0wn-value"]).data(data + b"\xff kn0wn-value\0" + data)
    assert b"kn0wn-value" not in hidden
    assert b"\xff [redacted: known secret]\0" in hidden


def test_of_secrets_that_begin_alike_nothing_of_the_longest_stays() -> None:
    longest = "open-sesame-and-more"
    redaction = Redaction(longest[:size] for size in range(6, len(longest) + 1))
    assert redaction.text(f"say {longest}!") == "say [redacted: known secret]!"


def test_words_of_everyday_life_are_no_known_secrets() -> None:
    assert Redaction(["admin", "", "  ", "x" * 5]).text("admin xxxxx") == "admin xxxxx"
    assert Redaction(["admin1\n"]).text("admin1") == "[redacted: known secret]"


def test_a_secret_cannot_hide_in_what_looks_like_a_mark() -> None:
    redaction = Redaction(["hunterpass"])
    assert "hunterpass" not in redaction.text("[redacted: hunterpass]")


class Colour(StrEnum):
    RED = "kn0wn-value"


class Leaf(BaseModel, frozen=True):
    text: Annotated[str, Field(max_length=14)] = ""
    raw: bytes = b""


class Tree(BaseModel, frozen=True):
    leaf: Leaf = Leaf()
    leaves: tuple[Leaf, ...] = ()
    names: dict[str, list[str]] = {}
    colour: Colour = Colour.RED
    number: int = 1
    none: str | None = None


def test_every_string_in_a_model_is_redacted_and_nothing_else_touched() -> None:
    tree = Tree(
        leaf=Leaf(raw=b"a kn0wn-value"), names={"kn0wn-value": ["b", "a kn0wn-value"]}, number=7
    )
    mark = "[redacted: known secret]"
    assert REDACTION.model(tree) == Tree(
        leaf=Leaf(raw=f"a {mark}".encode()), names={mark: ["b", f"a {mark}"]}, number=7
    )
    assert REDACTION.model(tree).colour is Colour.RED


def test_a_model_without_secrets_is_the_very_same() -> None:
    tree = Tree(leaves=(Leaf(text="nothing"),), names={"a": ["b"]})
    assert REDACTION.model(tree) is tree


def test_a_redacted_model_keeps_its_own_limits() -> None:
    tree = Tree(leaves=(Leaf(text="a kn0wn-value"),))
    shown = REDACTION.model(tree)
    assert Tree.model_validate_json(shown.model_dump_json()) == shown
    assert "kn0wn" not in shown.leaves[0].text


def _hostile() -> list[str]:
    heads = [before for _, before, _ in FORMS] + [secret[:9] for _, secret in LOOKS]
    lone = ["A", "\\", "-", "eyJ", "eyJaaaaa.", "-----BEGIN ", "pwd:'\\", '"', " ", "kn0wn-valu"]
    tokens = ["AKIA" + "A" * 16, "://a:", "password: " + "a" * 30 + " ", "[redacted: JWT]"]
    return heads + lone + tokens


@pytest.mark.parametrize("unit", sorted(set(_hostile())))
def test_hostile_texts_take_no_longer_than_their_length_allows(unit: str) -> None:
    size = 100_000
    began = process_time()
    REDACTION.text((unit * (size // len(unit) + 1))[:size])
    assert process_time() - began < 1, "some 50 ms are usual; quadratic ones take minutes"


def test_a_megabyte_with_many_known_secrets_is_quick() -> None:
    random_source = random.Random(1)
    known = ["".join(random_source.choices(string.ascii_letters, k=30)) for _ in range(50)]
    line = "2026-03-04 05:06:07 INFO worker: fetched 17 rows, see https://example.org/a?b=c\n"
    text = line * 12_000 + known[7] + line
    began = process_time()
    assert Redaction(known).text(text).count("[redacted") == 1
    assert process_time() - began < 3, "some 150 ms are usual"


def test_no_hint_is_missing_or_in_capitals() -> None:
    for pattern in SECRET_PATTERNS:
        assert all(hint == hint.lower() for hint in pattern.hints)
    assert {pattern.kind for pattern in SECRET_PATTERNS} == {
        *SECRETS,
        *(kind for kind, _, _ in FORMS),
    }
