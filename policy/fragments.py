"""Changelog fragments: whether a repository keeps them, how its own are named, what one says."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.issues import IssueType, Ticket
from policy.markdown import escaped

# A folder of this name is for nothing else.
FOLDERS = ("changelog.d", "newsfragments", "changelog-fragments", "news-fragments", "news.d")
# A folder of this name may be, where what is in it looks like it.
AMBIGUOUS = ("changes", "news", "changelog", "fragments")
LIKE_ISSUE_TYPES = {
    # https://towncrier.readthedocs.io/en/stable/tutorial.html#creating-news-fragments
    "towncrier": {
        IssueType.BUG: "bugfix",
        IssueType.FEATURE: "feature",
        IssueType.STORY: "feature",
    },
    # https://keepachangelog.com/en/1.1.0/#how
    "keepachangelog": {
        IssueType.BUG: "fixed",
        IssueType.FEATURE: "added",
        IssueType.STORY: "added",
    },
}
OTHERS = {"towncrier": "misc", "keepachangelog": "changed"}
DOCUMENTATION = {"towncrier": "doc", "keepachangelog": "changed"}
_WORDS = {
    "towncrier": {"feature", "bugfix", "doc", "removal", "misc", "deprecation", "breaking"},
    "keepachangelog": {"added", "changed", "deprecated", "removed", "fixed", "security"},
}
_NAME = re.compile(
    r"[^/.]{1,80}\.(?P<type>(?!(?:md|rst|txt)$)[a-z]{2,20})(?:\.\d{1,4})?(?:\.(?:md|rst|txt))?"
)
_MARKERS = {".gitkeep", ".gitignore", ".keep"}
_SUFFIXES = (".md", ".rst", ".txt")


@dataclass(frozen=True)
class Custom:
    """How a repository keeps its fragments: where, in which words, with which suffix."""

    folder: str
    family: str
    suffix: str


def is_fragment(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name in _MARKERS or name.lower().startswith(("readme", "template", "_template")):
        return False
    last = folder.rpartition("/")[2]
    named = _NAME.fullmatch(name)
    if last in FOLDERS:
        return named is not None or name.endswith(_SUFFIXES)
    known = named is not None and any(named["type"] in words for words in _WORDS.values())
    return last in AMBIGUOUS and known


def custom_of(paths: Iterable[str]) -> Custom | None:
    """None where a repository keeps no fragments. Fragments of towncrier and of tools that read
    plain text are known; those that need YAML are left to people."""
    folders: dict[str, list[str]] = {}
    in_yaml = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if is_fragment(path) or folder.rpartition("/")[2] in FOLDERS:
            folders.setdefault(folder, []).append(name)
        if name.endswith((".yaml", ".yml")):
            in_yaml.add(folder)
    folders = {folder: names for folder, names in folders.items() if folder not in in_yaml}
    if not folders:
        return None
    # The one that is used most; of equals, the one nearest to the root.
    folder = min(folders, key=lambda name: (-len(folders[name]), name.count("/"), name))
    names = [name for name in folders[folder] if is_fragment(f"{folder}/{name}")]
    words = Counter(match["type"] for name in names if (match := _NAME.fullmatch(name)))
    weight = {family: sum(words[word] for word in known) for family, known in _WORDS.items()}
    family = max(weight, key=lambda name: weight[name])
    suffixes = Counter(
        next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), "") for name in names
    )
    return Custom(folder, family, suffixes.most_common(1)[0][0] if suffixes else ".md")


def path_of(ticket: Ticket, custom: Custom, number: int) -> str:
    """`number` tells further fragments of one ticket apart."""
    word = LIKE_ISSUE_TYPES[custom.family].get(ticket.type, OTHERS[custom.family])
    if {label.casefold() for label in ticket.labels} & {"docs", "documentation"}:
        word = DOCUMENTATION[custom.family]
    count = f".{number}" if number else ""
    return f"{custom.folder}/{ticket.key}.{word}{count}{custom.suffix}"


def text_of(ticket: Ticket) -> str:
    """A line for those who use the software. The title is from outside: its marks are escaped."""
    title = escaped(ticket.title, 500).rstrip(".")
    lead = "Fixed: " if ticket.type is IssueType.BUG else ""
    return f"{lead}{title}. ({ticket.key})\n"
