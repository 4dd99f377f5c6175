"""What git knows of a repository, gathered for rules that read nothing themselves."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from clients.git.checkouts import Checkout
from clients.git.errors import GitFailedError
from clients.git.program import Git
from clients.git.tracked_files import MAX_FILE, Blob, listed, texts
from clients.run_watches import OnBeat
from policy.identifiers import counted_words, ticket_words
from policy.languages import FileKind, definitions_in, kind_of, language_of
from policy.past_commits import PastCommit
from policy.relevance import ChangedFile, RepositoryFacts, TrackedFile
from policy.test_commands import PYTHON, READ, command_for

MOST_FILES, MOST_BYTES = 20_000, 2**26
MOST_COMMITS, MOST_FILES_OF_COMMIT = 500, 50
MAX_LOG = 2**23
MAX_NUMSTAT = 2**22
MAX_DIFF = 200_000
DIFF = ("diff-tree", "-r", "--no-color", "--no-ext-diff", "--no-textconv")
OURS = "slipway/*"
# Who is read first, should the bytes not suffice for all.
ORDER = (FileKind.SOURCE, FileKind.TEST, FileKind.OTHER, FileKind.DOCS)


@dataclass(frozen=True)
class FactsQuestion:
    """`text` is what is said of the work: only its words are counted in files. `test` is the
    command that the repository's settings name, `start` the commit that changes count from."""

    text: str
    test: tuple[str, ...] | None = None
    start: str = ""


async def repository_facts(
    checkout: Checkout, question: FactsQuestion, on_beat: OnBeat
) -> RepositoryFacts:
    """Of the commit that the checkout began at, read from the mirror: what lies in the checkout
    is not looked at. Raises GitFailedError."""
    git, commit = checkout.mirror.git, checkout.base
    blobs = await listed(git, commit)
    files = await _studied(git, blobs, frozenset(ticket_words(question.text)), on_beat)
    base = await _beginning(git, question.start, commit)
    on_beat()
    return RepositoryFacts(
        files=files,
        languages=_languages(blobs),
        test_command=await _test_command(git, blobs, question.test),
        history=await _history(git, commit),
        diff=(await patch(git, base, commit))[0],
        numstat=await numstat(git, base, commit),
    )


async def _beginning(git: Git, start: str, commit: str) -> str:
    """The default branch may have gone on since: what both have in common counts."""
    common = await meeting_point(git, start, commit) if start else None
    return common or await branching_point(git, commit)


async def meeting_point(git: Git, start: str, commit: str) -> str | None:
    """The newest commit that both have; None where they share nothing, or one is not known here."""
    try:
        return (await git.run("merge-base", start, commit)).decode().strip()
    except GitFailedError as error:
        if error.status < 0:  # Killed or out of time: that says nothing about the commits.
            raise
        return None


async def branching_point(git: Git, commit: str) -> str:
    """Where the work on a branch of ours began: the newest of its commits that is on somebody
    else's branch too. The commit itself when there is none like that, or nothing was done."""
    arguments = ("rev-list", "--first-parent", "--parents", commit, "--not", f"--exclude={OURS}")
    lines = (await git.run(*arguments, "--branches")).decode().splitlines()
    return ([*lines[-1].split(), commit][1]) if lines else commit


async def _studied(
    git: Git, blobs: list[Blob], wanted: frozenset[str], on_beat: OnBeat
) -> tuple[TrackedFile, ...]:
    kept = await asyncio.to_thread(_kept, blobs)
    known = {blob.path: TrackedFile(blob.path) for blob in kept}
    async for batch in texts(git, list(_worth_reading(kept))):
        on_beat()
        known.update(await asyncio.to_thread(_read, batch, wanted))
    return tuple(known[path] for path in sorted(known))


def _kept(blobs: list[Blob]) -> list[Blob]:
    """In the order of reading."""
    places = {kind: place for place, kind in enumerate(ORDER)}
    ranked = sorted(blobs, key=lambda blob: (places.get(kind_of(blob.path), 9), blob.path))
    return ranked[:MOST_FILES]


def _worth_reading(blobs: list[Blob]) -> Iterator[Blob]:
    """What others wrote and what programs wrote is known by its path alone."""
    left = MOST_BYTES
    for blob in blobs:
        if blob.size <= MAX_FILE and kind_of(blob.path) is not FileKind.VENDORED:
            left -= blob.size
            if left < 0:
                return
            yield blob


def _read(batch: list[tuple[Blob, str]], wanted: frozenset[str]) -> dict[str, TrackedFile]:
    found = {}
    for blob, text in batch:
        words, length = counted_words(text, wanted)
        names = definitions_in(blob.path, text)
        found[blob.path] = TrackedFile(blob.path, names, words, length)
    return found


def _languages(blobs: list[Blob]) -> dict[str, int]:
    ours = (blob.path for blob in blobs if kind_of(blob.path) is not FileKind.VENDORED)
    counts = Counter(language for path in ours if (language := language_of(path)))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


async def _test_command(git: Git, blobs: list[Blob], named: tuple[str, ...] | None) -> str | None:
    near = [blob for blob in blobs if blob.path.rpartition("/")[0] in {"", "tests", "test"}]
    files = dict.fromkeys((blob.path for blob in near), "")
    async for batch in texts(git, [blob for blob in near if blob.path in READ]):
        files.update({blob.path: text for blob, text in batch})
    command = command_for(files, named)
    return " ".join(command.argv).replace(PYTHON, "python3") if command else None


async def _history(git: Git, commit: str) -> tuple[PastCommit, ...]:
    arguments = ("log", f"--max-count={MOST_COMMITS}", "--no-merges", "--no-renames", "-z")
    printed, _ = await git.head(MAX_LOG, *arguments, "--name-only", "--format=%x02%s", commit)
    return await asyncio.to_thread(lambda: tuple(_commits(printed)))


def _commits(printed: bytes) -> Iterator[PastCommit]:
    """`STX subject NUL`, then `path NUL` for each file. Commits that changed half of everything
    say nothing about any file."""
    for commit in printed.decode(errors="backslashreplace").split("\x02")[1:]:
        subject, *rest = commit.split("\0")
        files = tuple(path.removeprefix("\n") for path in rest if path.strip("\n"))
        if 0 < len(files) <= MOST_FILES_OF_COMMIT:
            yield PastCommit(subject.strip("\n")[:500], files)


async def patch(git: Git, base: str, commit: str) -> tuple[str, bool]:
    """The unified diff, and whether it was cut where it is too much."""
    printed, cut = await git.head(MAX_DIFF, *DIFF, "--no-renames", "--patch", base, commit)
    return printed.decode(errors="replace").replace("\0", "\ufffd"), cut


async def numstat(git: Git, base: str, commit: str) -> tuple[ChangedFile, ...]:
    """Of what was changed between the two commits, cut where it is too much."""
    arguments = (*DIFF, "-z", "--no-renames", "--numstat", base, commit)
    printed, _ = await git.head(MAX_NUMSTAT, *arguments)
    lines = (entry.split(b"\t", 2) for entry in printed.split(b"\0")[:-1])
    return tuple(
        ChangedFile(path.decode(errors="backslashreplace"), _count(added), _count(deleted))
        for added, deleted, path in lines
    )


def _count(number: bytes) -> int | None:
    return None if number == b"-" else int(number)
