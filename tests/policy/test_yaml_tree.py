"""What is no plain YAML is refused with the line where it is to be mended."""

import pytest

from errors import InvalidPlaybookError
from policy.playbooks import parse_playbook

WRONG_YAML = {
    "bad indentation": ("phases:\n  - phase: CODE\n   agents: 3", 3, "check indentation"),
    "a tab": ("phases:\n\t- phase: CODE", 2, r"found character '\t'"),
    "two documents": ("phases: []\n---\nphases: []", 2, "another document"),
    "an alias": ("a: &all [1]\nphases: *all", 2, "aliases (*name) are not read here"),
    "a tag": ("a: b\nc: !!python/name:os.system x", 2, "tags (!name) are not read here"),
    "deep nesting": ("[" * 100_000, 1, "nested deeper than 20: flatten it"),
    "a huge number": ("a: 1\nb: " + "9" * 5_000, 2, "put it in quotes if it is text"),
    "a huge number in hexadecimal": ("a: 1\nb: 0x" + "f" * 5_000, 2, "put it in quotes"),
    "a huge number in minutes": ("a: 1\nb: 1" + ":59" * 5_000, 2, "put it in quotes"),
    "a huge fraction in minutes": ("a: 1\nb: 1" + ":59" * 300 + ".0", 2, "put it in quotes"),
    "no such date": ("a: 2026-13-32", 1, "put it in quotes if it is text"),
    "a control character": ("a: b\nc: \x07", 2, "character 0x07 may not stand in YAML"),
    "an escaped NUL": ('a: b\nc: "\\0"', 2, "remove the escape"),
    "half a character": ('a: b\n"\\ud800": c', 2, "remove the escape"),
    "a list as a key": ("? [a]\n: b", 1, "a key must be a word"),
    "too large": ("#" * 300_000, 1, "more than 256 kB: shorten it"),
    "a key without colon": (
        "phases:\n  - phase: CODE\n    agents\n  - phase: TEST",
        3,
        "for a key that begins here",
    ),
    "a last key without colon": ("repair_rounds: 1\nphases\n", 2, "for a key that begins here"),
    "a line after one without colon": ("phases\nrepair_rounds: 1", 2, "lack its colon"),
    "an open bracket": (
        "a: b\nphases: [x\nc: d",
        2,
        "']', but got ':' in line 3, for a list in [ ]",
    ),
    "an open bracket at the end": ("a: b\nphases: [x\n", 2, "for a list in [ ] that begins here"),
    "an open brace": ("a: b\nphases: {x: [y]\nc: d", 2, "for a mapping in { } that begins here"),
    "an open quote": (
        "a: 'b\nphases:\n  - phase: CODE\n",
        1,
        "for a text in quotes that begins here",
    ),
    "an end without document": ("a: b\n%x\n", 2, "expected '<document start>'"),
    "a key twice": (
        "phases: []\nrepair_rounds: 1\nphases: []",
        3,
        "`phases` stands here a second time (first in line 1): remove one",
    ),
}


@pytest.mark.parametrize("case", WRONG_YAML)
def test_what_is_not_plain_yaml_is_refused_with_its_line(case: str) -> None:
    text, line, what = WRONG_YAML[case]
    with pytest.raises(InvalidPlaybookError) as refused:
        parse_playbook("mine", text, "mine.yaml")
    said = str(refused.value)
    assert said.startswith(f"mine.yaml:{line}: ")
    assert what in said
