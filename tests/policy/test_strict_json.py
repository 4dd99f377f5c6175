"""What is read, and what is not: everybody must read it alike, and every store hold it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.strict_json import DEPTH, UnreadableError, array_items, read_json

BAD = {
    b"": "not JSON",
    b"{": "not JSON",
    b"{} x": "not JSON",
    b"{'a': 1}": "not JSON",
    b"\xef\xbb\xbf{}": "not JSON",
    b'{"a": "\x01"}': "not JSON",
    b"\xff": "not UTF-8",
    b'"\xed\xa0\x80"': "not UTF-8",
    b"[" * 100_000: "nested deeper",
    b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1): "nested deeper",
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000: "nested deeper",
    b'{"a": 1, "a": 2}': "a key twice",
    b'[{"b": {"a": 1, "\\u0061": 2}}]': "a key twice",
    b'{"a" : 1, "a": 2, "b": "\\":"}': "a key twice",
    b'{"a":1,"a"\n:2}': "a key twice",
    b'{"a":{"b":1},"a":2,"c":"\\":"}': "a key twice",
    b"[NaN]": "NaN",
    b"[Infinity]": "Infinity",
    b"[-Infinity]": "Infinity",
    b"[1e999]": "out of range",
    b"[1e-99999]": "out of range",
    b"[" + b"9" * 400 + b".5]": "out of range",
    b"[" + b"9" * 4_300 + b"e300]": "out of range",
    b"[1E" + b"9" * 5_000 + b"]": "a number",
    b"9" * 5_000: "a number of too many digits",
    b'["\\u0000"]': "NUL",
    b'{"\\u0000": 1}': "NUL",
    b'["\\ud800"]': "surrogate",
    b'["\\uDFFF"]': "surrogate",
}


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_others_could_not_read_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=BAD[body]):
        read_json(body)


GOOD = [
    b" {} ",
    b'{"a": "\\":", "b" : 1}',
    b"[" * DEPTH + b"]" * DEPTH,
    b"[" * DEPTH + b"1" + b"]" * DEPTH,
    b"[" + b"{}," * DEPTH + b"{}]",
    b"9007199254740993",
    b"9223372036854775808",
    b"1e300",
    b'"\\ud83d\\ude00"',
    b'"\\\\u0000 is written, not meant"',
    '"\u202eright to left \u200b \U000e0041"'.encode(),
]


@pytest.mark.parametrize("body", GOOD, ids=range(len(GOOD)))
def test_what_is_merely_strange_is_read(body: bytes) -> None:
    assert read_json(body) == json.loads(body)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab\u00e4"), inner),
    max_leaves=20,
)


@given(value=VALUES, ascii=st.booleans())
def test_json_is_read_as_it_was_written(value: object, ascii: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii).encode()) == value


@given(items=st.lists(VALUES, max_size=8), indent=st.none() | st.just(2))
def test_an_arrays_items_are_told_apart(items: list[object], indent: int | None) -> None:
    found = array_items(json.dumps(items, indent=indent).encode())
    assert [json.loads(item) for item in found] == items


@given(body=st.binary(max_size=200) | st.text('[]{},:"1 \\ut').map(str.encode))
def test_whatever_the_bytes_are_they_are_read_or_unreadable(body: bytes) -> None:
    for read in (read_json, array_items):
        with suppress(UnreadableError):
            read(body)


@pytest.mark.parametrize(
    "body", [b"[", b"[1", b"[1,]", b"[,1]", b"{}", b"[1]]", b"[" * 100_000, b'["]']
)
def test_what_is_no_array_has_no_items(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        array_items(body)


@pytest.mark.parametrize(
    "bad", [b"1 2", b'["}"]', b'"\\"],["', b"[}", b"\xff", b"{" * 9 + b"}" * 9]
)
def test_an_item_is_told_apart_whatever_it_is(bad: bytes) -> None:
    assert array_items(b' [{"a": [1, 2]} ,' + bad + b',"x"] ') == [b'{"a": [1, 2]}', bad, b'"x"']


def test_a_text_without_an_end_is_found_in_bounded_time() -> None:
    with pytest.raises(UnreadableError, match="without an end"):
        array_items(b'["' + b'\\"' * 500_000)


def test_a_million_keys_are_read_in_bounded_time() -> None:
    body = json.dumps({str(key): key for key in range(1_000_000)}).encode()
    assert len(read_json(body)) == 1_000_000  # type: ignore[arg-type]  # an object has a length


KEYS = st.sampled_from(["a", "b", '":', '" :', "c:"])
PAIRS = st.recursive(
    st.sampled_from([1, '":', "x: y"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(KEYS, inner), max_size=4).map(tuple)
    ),
    max_leaves=12,
)


def spelled(value: object, gap: str) -> str:
    """Tuples of pairs as objects, with whatever keys they have."""
    if isinstance(value, tuple):
        pairs = (f"{json.dumps(key)}{gap}:{spelled(inner, gap)}" for key, inner in value)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spelled(inner, gap) for inner in value) + "]"
    return json.dumps(value)


def repeats(value: object) -> bool:
    if isinstance(value, tuple):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(repeats(inner) for _, inner in value)
    return isinstance(value, list) and any(map(repeats, value))


@given(value=PAIRS, gap=st.sampled_from(["", " ", "\n", "\t", "\r"]))
def test_a_key_that_comes_twice_is_found_however_it_hides(value: object, gap: str) -> None:
    text = spelled(value, gap).encode()
    if repeats(value):
        with pytest.raises(UnreadableError, match="twice"):
            read_json(text)
    else:
        assert read_json(text) == json.loads(text)
