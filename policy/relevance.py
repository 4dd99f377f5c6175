"""Which files of a repository matter for a ticket, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from math import log

from contracts.agents import RelevantFile
from contracts.text import MAX_LINE, one_line, storable
from policy.evidence import Evidence, Query, quoted, rarity
from policy.identifiers import abbreviations, parts_of, telling_parts, ticket_words
from policy.languages import FileKind, kind_of
from policy.mentions import SHAPED, mentioned_files, mentioned_names
from policy.past_commits import PastCommit, company, past


@dataclass(frozen=True)
class TrackedFile:
    """`words` counts words of its text by their stem (policy/identifiers.py), at least those that
    the ticket has; `length` is how many identifiers there are in all."""

    path: str
    definitions: tuple[str, ...] = ()
    words: Mapping[str, int] = field(default_factory=dict)
    length: int = 0


@dataclass(frozen=True)
class ChangedFile:
    """A line of `git diff --numstat`; None where git counts no lines (binary files)."""

    path: str
    added: int | None = 0
    deleted: int | None = 0


@dataclass(frozen=True)
class RepositoryFacts:
    """`languages` counts files, most first. `history` is newest first. `diff` (unified, bounded)
    and `numstat` are what the orchestration has changed so far."""

    files: tuple[TrackedFile, ...] = ()
    languages: Mapping[str, int] = field(default_factory=dict)
    test_command: str | None = None
    history: tuple[PastCommit, ...] = ()
    diff: str = ""
    numstat: tuple[ChangedFile, ...] = ()


# How many points each kind of evidence can give a file. Set by judgement, not fitted to any data.
MENTION, DEFINITION, PATH, WORDS = 6.0, 3.0, 1.5, 4.0
# Tests and documents say a ticket's words as often as the source that they are about.
WORTH = {
    FileKind.SOURCE: 1.0,
    FileKind.OTHER: 0.5,
    FileKind.TEST: 0.4,
    FileKind.DOCS: 0.25,
    FileKind.VENDORED: 0.05,
}
NOISE = 0.05


def relevant_files(text: str, facts: RepositoryFacts, most: int = 10) -> tuple[RelevantFile, ...]:
    """Best first, each with a reason in words; files without any evidence are left out. The first
    line of `text` counts as its title. The same input gives the same answer."""
    if not text.strip() or most < 1:
        return ()
    files = [file for file in facts.files if _presentable(file.path)]
    worth = {file.path: WORTH[kind_of(file.path)] for file in files}
    query = ticket_words(text)
    found: defaultdict[str, list[Evidence]] = defaultdict(list)
    for source in (
        _mentions(text, files),
        _definitions(text, query, files),
        _paths(query, files),
        _words(query, files, worth),
        past(query, facts.history),
    ):
        _add(found, source, worth)
    _add(found, list(company(_ranked(found)[:3], facts.history)), worth)
    ranked = _ranked(found)[:most]
    enough = NOISE * ranked[0][1] if ranked else 0.0
    return tuple(_explained(path, found[path]) for path, points in ranked if points >= enough)


Found = defaultdict[str, list[Evidence]]


def _presentable(path: str) -> bool:
    """A report holds paths as one line, and a path that is changed by that names no file."""
    return len(path) <= MAX_LINE and one_line(str(storable(path))) == path


def _add(
    found: Found, source: Iterator[Evidence] | list[Evidence], worth: dict[str, float]
) -> None:
    for evidence in source:
        if (factor := worth.get(evidence.path)) and evidence.points > 0:
            scaled = Evidence(evidence.path, evidence.points * factor, evidence.reason)
            found[evidence.path].append(scaled)


def _ranked(found: Found) -> list[tuple[str, float]]:
    points = {path: sum(one.points for one in evidence) for path, evidence in found.items()}
    return sorted(points.items(), key=lambda item: (-item[1], item[0]))


def _explained(path: str, evidence: list[Evidence]) -> RelevantFile:
    reason = ""
    for one in sorted(evidence, key=lambda one: -one.points):
        longer = f"{reason}; {one.reason}" if reason else one.reason
        if len(longer) <= MAX_LINE:
            reason = longer
    return RelevantFile(path=path, reason=reason)


def _mentions(text: str, files: list[TrackedFile]) -> Iterator[Evidence]:
    for path, sure in mentioned_files(text, [file.path for file in files]).items():
        yield Evidence(path, MENTION * sure, "the ticket names this file")


def _definitions(text: str, query: Query, files: list[TrackedFile]) -> Iterator[Evidence]:
    named = mentioned_names(text)
    short = query.keys() | abbreviations(query)
    defined = [(file.path, _meant(file, named, query, short)) for file in files]
    having = Counter(name for _, meant in defined for name in meant)
    for path, meant in defined:
        rare = {name: sure * rarity(having[name], len(files)) for name, sure in meant.items()}
        best = sorted(rare, key=lambda name: (-rare[name], name))[:6]
        points = sum(rare[name] / (1 + at) for at, name in enumerate(best))
        if best:
            yield Evidence(path, DEFINITION * points, _defines(best[:3], named))


def _defines(names: list[str], named: Mapping[str, float]) -> str:
    said = [name for name in names if name in named]
    described = [name for name in names if name not in named]
    clauses = [f"defines {quoted(said)}, named in the ticket"] if said else []
    clauses += [f"defines {quoted(described)}, in the ticket's words"] if described else []
    return "; ".join(clauses)


def _meant(
    file: TrackedFile, named: Mapping[str, float], query: Query, short: Set[str]
) -> dict[str, float]:
    """Definitions that the ticket calls by name, or describes: `ProgressBar`, "progress bar"; or,
    with less certainty, abbreviates what it describes: `auth_url`, "a URL for authentication"."""
    meant = {name: named[name] for name in file.definitions if name in named}
    for name in file.definitions:
        parts = telling_parts(name)
        if len(parts) > 1 and name not in meant and all(part in query for part in parts):
            meant[name] = SHAPED / 2
        elif len(parts) > 1 and name not in meant and all(part in short for part in parts):
            meant[name] = SHAPED / 3
    return meant


def _paths(query: Query, files: list[TrackedFile]) -> Iterator[Evidence]:
    split = [(file.path, _path_words(file.path) & query.keys()) for file in files]
    having = Counter(word for _, words in split for word in words)
    # What many paths say is the project's own name.
    many = max(1, len(files) // 4)
    for path, words in split:
        points = {
            word: query[word][1] * rarity(having[word], len(files))
            for word in words
            if having[word] <= many
        }
        best = sorted(points, key=lambda word: (-points[word], word))[:3]
        if best:
            total = PATH * sum(points[word] for word in best)
            yield Evidence(path, total, f"its path says {quoted([query[w][0] for w in best])}")


def _path_words(path: str) -> set[str]:
    stemmed = path.rpartition(".")[0] or path
    words = stemmed.replace("/", " ").replace("-", " ").replace(".", " ").split()
    return {part for word in words for part in parts_of(word)}


def _words(query: Query, files: list[TrackedFile], worth: dict[str, float]) -> Iterator[Evidence]:
    """BM25, measured by the best source file."""
    said = [(file, [word for word in file.words if word in query]) for file in files]
    having = Counter(word for _, words in said for word in words)
    usual = sum(file.length for file in files) / max(len(files), 1) or 1.0
    scored = []
    for file, words in said:
        lengthy = 0.6 + 0.6 * (file.length / usual) ** 0.5
        points = {
            word: query[word][1]
            * log(1 + (len(files) - having[word] + 0.5) / (having[word] + 0.5))
            * (2.2 * file.words[word] / (file.words[word] + lengthy))
            for word in words
        }
        scored.append((file.path, points, sum(points.values())))
    best = max((total for path, _, total in scored if worth[path] == 1.0), default=0.0)
    best = best or max((total for _, _, total in scored), default=0.0) or 1.0
    for path, points, total in scored:
        if points:
            often = sorted(points, key=lambda word: (-points[word], word))[:3]
            reason = f"says {quoted([query[word][0] for word in often])}"
            yield Evidence(path, WORDS * min(total / best, 1.0), reason)
