"""Words of tickets and of source code, made comparable."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 80
MOST_WORDS = 400
SHORTEST_ABBREVIATION, FEWEST_LEFT_OUT = 4, 3
# What a ticket says beyond this is a dump.
MOST_TEXT = 100_000
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Too common in prose, or in every report of a fault, to point at any file.
_COMMON = """
a about above actual actually added after again against all already also although always am an and
another any anyone anything appear appears are around as at be because been before behavior
behaviour being below best better between both bug but by call called calling can cannot case cases
cause caused causes change changed changes code could current currently description describe details
did different do docs does doesn doing don done down during each either else environment error
errors even every everything example exception expect expected expects fail failed failing fails few
file files find first fix fixed following for found from further general get gets getting give given
gives got had happen happens has have having he hello help her here his hi how however i if import
in info information instead into is isn issue issues it its itself just know last latest least less
let like line lines ll look looks made make makes making many may maybe me mean means might more
most much must my need needed needs never new no none nor not nothing now of off ok on once one only
or other others our out over own per perhaps please possible probably problem problems produce put
python quite raise raised raises rather re really reason recent reproduce result results return
returned returning returns right run running said same say says see seem seems self set should
shouldn shows similar simple since so some something still such sure take test tested testing tests
than thank thanks that the their them then there these they thing think this those though through
thus to together too traceback true tried try trying two under until up upon us use used user users
uses using ve version versions very via want wants was wasn way we well went were what when where
whether which while who whole whom why will with within without won work working works would wrong
yes yet you your false def class
"""
STOP_WORDS = frozenset(_COMMON.split())


@lru_cache(maxsize=2**17)
def parts_of(identifier: str) -> tuple[str, ...]:
    """Of `HTTPServer_url2`: http, server, url. As stems, so that `rounding` is `rounds`."""
    return tuple(stem(part) for part in _split(identifier))


@lru_cache(maxsize=2**17)
def telling_parts(identifier: str) -> tuple[str, ...]:
    """Those that are not too common: of `prepend_scheme_if_needed` prepend and scheme."""
    return tuple(stem(part) for part in _split(identifier) if part not in STOP_WORDS)


def _split(identifier: str) -> list[str]:
    if not identifier.isascii():
        return [identifier.casefold()]
    return [part.lower() for part in _PARTS.findall(identifier) if len(part) > 1]


def stem(word: str) -> str:
    """A crude one: it only has to treat ticket and code alike."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ings", "ing", "edly", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    word = word[:-1] if len(word) > 3 and word[-1] == word[-2] else word
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def ticket_words(text: str) -> dict[str, tuple[str, float]]:
    """Stem to the word as written, and its weight: what the first line (the title) says counts
    double, what is said often a little more. At most 400, in the order of appearance."""
    found: Counter[str] = Counter()
    written: dict[str, str] = {}
    text = text.strip()[:MOST_TEXT]
    for identifier in _IDENTIFIER.findall(text):
        for word, part in _worth(identifier):
            if len(written) < MOST_WORDS or part in written:
                written.setdefault(part, word)
                found[part] += 1
    title = {
        part for name in _IDENTIFIER.findall(text.partition("\n")[0]) for part in parts_of(name)
    }
    return {
        part: (word, (2.0 if part in title else 1.0) * (1 + min(found[part] - 1, 8) / 8))
        for part, word in written.items()
    }


def _worth(identifier: str) -> list[tuple[str, str]]:
    """As written, and the stem."""
    if len(identifier) > LONGEST or identifier.lower() in STOP_WORDS:
        return []
    if len(parts := _split(identifier)) == 1 and len(parts[0]) == len(identifier):
        return [(identifier, stem(parts[0]))]
    return [(part, stem(part)) for part in parts if part not in STOP_WORDS]


def abbreviations(stems: Iterable[str]) -> frozenset[str]:
    """How code shortens these words: by their first letters. At least four of them, and at least
    three less than the word, or it is only another ending."""
    return frozenset(
        word[:length]
        for word in stems
        for length in range(SHORTEST_ABBREVIATION, len(word) - FEWEST_LEFT_OUT + 1)
    )


def counted_words(text: str, wanted: frozenset[str]) -> tuple[dict[str, int], int]:
    """How often a file has each of the wanted stems, and how many identifiers it has in all."""
    identifiers = Counter(_IDENTIFIER.findall(text))
    counts: Counter[str] = Counter()
    for identifier, times in identifiers.items():
        if len(identifier) <= LONGEST:
            for part in parts_of(identifier):
                if part in wanted:
                    counts[part] += times
    return dict(counts), identifiers.total()
