"""What a repository's past says about a ticket."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from policy.evidence import Evidence, Query, quoted, rarity
from policy.identifiers import STOP_WORDS, parts_of

# Points of a first fitting commit, and the share of a file's points that its companions get.
HISTORY, COMPANY = 2.0, 0.25
TOGETHER = 2


@dataclass(frozen=True)
class PastCommit:
    subject: str
    files: tuple[str, ...] = ()


def past(query: Query, history: tuple[PastCommit, ...]) -> Iterator[Evidence]:
    """What was changed by commits whose subject talks of the same; much, when they changed little
    else."""
    said = [(commit, _subject_words(commit.subject) & query.keys()) for commit in history]
    having = Counter(word for _, words in said for word in words)
    points: Counter[str] = Counter()
    times: defaultdict[str, Counter[str]] = defaultdict(Counter)
    commits: Counter[str] = Counter()
    for commit, words in said:
        weight = sum(query[word][1] * rarity(having[word], len(history)) for word in words)
        for path in commit.files if words else ():
            points[path] += weight / len(commit.files) ** 0.5
            commits[path] += 1
            times[path].update(words)
    for path in points:
        often = [query[word][0] for word, _ in sorted(times[path].items(), key=_most_first)[:2]]
        reason = f"changed in {_counted(commits[path])} about {quoted(often)}"
        yield Evidence(path, HISTORY * log(1 + points[path]), reason)


def _subject_words(subject: str) -> set[str]:
    words = (word for word in subject.split() if word.lower() not in STOP_WORDS)
    return {part for word in words for part in parts_of(word)}


def company(best: list[tuple[str, float]], history: tuple[PastCommit, ...]) -> Iterator[Evidence]:
    """What often changed together with the files that other evidence names."""
    for seed, points in best:
        commits = [commit.files for commit in history if seed in commit.files]
        together = Counter(path for files in commits for path in files if path != seed)
        for path, times in together.items():
            if times >= TOGETHER:
                share = COMPANY * points * times / (len(commits) + 2)
                yield Evidence(path, share, f"changed together with `{seed}` in {_counted(times)}")


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _counted(commits: int) -> str:
    return "1 commit" if commits == 1 else f"{commits} commits"
