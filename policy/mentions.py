"""What a ticket calls by name: files, modules, functions."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from policy.identifiers import MOST_TEXT, STOP_WORDS

# A name that looks like one is meant; a plain word may be by accident what something is called.
SHAPED, PLAIN = 1.0, 0.3
_TOKEN = re.compile(r"[\w@+./\\-]{3,300}")
_NAME = re.compile(r"(?:, in |[`.])?[A-Za-z_]\w{1,79}[(`]?")
_INNER = re.compile(r"[^_]_[^_]|[a-z][A-Z]")


def mentioned_files(text: str, paths: Sequence[str]) -> dict[str, float]:
    """Path to how surely it is meant, up to 1. Absolute paths of tracebacks, dotted modules and
    bare file names count; the more files a mention fits, the less it says."""
    by_name, by_module = _indexed(paths)
    sure: dict[str, float] = {}
    for token in dict.fromkeys(_TOKEN.findall(text[:MOST_TEXT])):
        parts = [part for part in re.split(r"[/\\]", token.rstrip(".")) if part not in {"", "."}]
        fits = _deepest(parts, by_name.get(parts[-1], [])) if parts else []
        fits = fits or _module(token, by_module)
        for path in fits:
            sure[path] = max(sure.get(path, 0.0), 1 / len(fits))
    return sure


def mentioned_names(text: str) -> dict[str, float]:
    """Name to how surely a definition is meant: in code quotes, called, an attribute, in a
    traceback, or spelt as nobody spells prose."""
    names: dict[str, float] = {}
    for token in _NAME.findall(text[:MOST_TEXT]):
        name = token.removeprefix(", in ").strip("`.(")
        shaped = name != token or _INNER.search(name) is not None
        if shaped or (len(name) > 3 and name.lower() not in STOP_WORDS):
            names[name] = max(names.get(name, 0.0), SHAPED if shaped else PLAIN)
    return names


def _indexed(paths: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    by_name, by_module = defaultdict(list), defaultdict(list)
    for path in paths:
        by_name[path.rpartition("/")[2]].append(path)
        by_module[_parts(path)[-1]].append(path)
    return by_name, by_module


def _parts(path: str) -> list[str]:
    """As an import would name it: a package goes by its folder."""
    parts = path.split("/")
    stem = parts[-1].partition(".")[0]
    return parts[:-1] if stem == "__init__" and len(parts) > 1 else [*parts[:-1], stem]


def _deepest(parts: list[str], candidates: list[str]) -> list[str]:
    """Those that share most of the mention's last folders."""
    shared = {path: _shared(parts, path.split("/")) for path in candidates}
    most = max(shared.values(), default=0)
    return [path for path in candidates if shared[path] == most]


def _shared(one: list[str], other: list[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _module(token: str, by_module: dict[str, list[str]]) -> list[str]:
    """Of `requests.sessions.Session.send` the file requests/sessions.py."""
    names = token.strip(".").split(".")
    if len(names) < 2 or "/" in token:
        return []
    return next((found for found in _modules(names, by_module) if found), [])


def _modules(names: list[str], by_module: dict[str, list[str]]) -> Iterator[list[str]]:
    for at in range(len(names) - 1, 0, -1):
        pair = names[at - 1 : at + 1]
        yield [path for path in by_module.get(names[at], []) if _parts(path)[-2:] == pair]
    # A library's users write its name all the time, which says nothing about its first file.
    yield [path for path in by_module.get(names[0], []) if "__init__" not in path]
