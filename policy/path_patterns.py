"""Patterns of paths as .gitignore writes them, and paths that try to look like others."""

import unicodedata
from fnmatch import fnmatchcase

ANY_DEPTH = "**"
_WILD = frozenset("*?[")


class UnusablePatternError(ValueError):
    """A pattern that would match nothing, or not what its writer meant."""


def check_pattern(pattern: str) -> None:
    """Raises UnusablePatternError."""
    if pattern.startswith("!"):
        raise UnusablePatternError("`!` is not known here: name what is meant")
    if "\\" in pattern:
        raise UnusablePatternError("use / between folders, and no backslash")
    parts = pattern.strip("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise UnusablePatternError("name a path from the repository's top, without `.` or `..`")


def matches(path: str, pattern: str) -> bool:
    """Whether `path` is what `pattern` names, lies below it, or stands where a folder above it
    would be. Without a slash before its end a pattern counts at any depth. Upper and lower case
    are the same, as they are to some file systems."""
    parts, wanted = folded(path), tuple(folded(pattern))
    if "/" not in pattern.rstrip("/"):
        wanted = (ANY_DEPTH, *wanted)
    return _reaches(tuple(parts), _without_tail(wanted)) or _in_the_way(parts, wanted)


def folded(path: str) -> list[str]:
    """The parts of a path, as the most forgiving file system would tell them apart: HFS+ ignores
    invisible characters, Windows the dots and spaces at a name's end."""
    text = unicodedata.normalize("NFKC", path).casefold().replace("\\", "/")
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return [part.rstrip(". ") or part for part in visible.split("/") if part]


def _without_tail(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """`folder/**` names the folder, whatever it is: a link there would do for what is below."""
    while len(wanted) > 1 and wanted[-1] == ANY_DEPTH:
        wanted = wanted[:-1]
    return wanted


def _reaches(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Walks the path once, holding every position in the pattern it may have come to. (Trying
    them one after the other would take for ever with many `**`.)"""
    here = _skipping({0}, wanted)
    for part in parts:
        if len(wanted) in here:
            return True
        ahead = {at + 1 for at in here if fnmatchcase(part, wanted[at])}
        ahead |= {at for at in here if wanted[at] == ANY_DEPTH}
        here = _skipping(ahead, wanted)
    return len(wanted) in here


def _skipping(positions: set[int], wanted: tuple[str, ...]) -> set[int]:
    """`**` may stand for no folder at all, but not at the end."""
    for at in range(len(wanted) - 1):
        if at in positions and wanted[at] == ANY_DEPTH:
            positions.add(at + 1)
    return positions


def _in_the_way(parts: list[str], wanted: tuple[str, ...]) -> bool:
    above = wanted[: len(parts)]
    plain = not any(_WILD & set(part) for part in above)
    return plain and len(parts) < len(wanted) and tuple(parts) == above
