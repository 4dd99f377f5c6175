"""The files of a commit, read in bulk from the mirror: no checkout, no link, no filter."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from clients.git.program import TRANSFER, Git

ORDINARY = {b"100644", b"100755"}
MAX_LISTING = 2**25
# A batch is held in memory, a file above the limit is not read at all.
BATCH, MAX_FILE = 2**22, 2**18
BINARY = 8_000


@dataclass(frozen=True)
class Blob:
    """A path that is not UTF-8 comes with backslashes; it is read by its id, not by its path."""

    path: str
    id: str
    size: int


async def listed(git: Git, commit: str) -> list[Blob]:
    """Ordinary files: no symbolic links, no submodules. Of a listing without an end, its
    beginning."""
    arguments = ("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
    printed, _ = await git.head(MAX_LISTING, *arguments, timeout=TRANSFER)
    # Behind the last NUL there is nothing, or an entry that was cut off.
    return await asyncio.to_thread(lambda: list(_parsed(printed.split(b"\0")[:-1])))


async def texts(git: Git, blobs: Sequence[Blob]) -> AsyncIterator[list[tuple[Blob, str]]]:
    """In batches, each of at most 4 MiB. Files that are binary or over 256 KiB are left out."""
    for batch in _batches([blob for blob in blobs if blob.size <= MAX_FILE]):
        asked = "".join(f"{blob.id}\n" for blob in batch).encode()
        printed = await git.run("cat-file", "--batch", stdin=asked)
        yield await asyncio.to_thread(_read, batch, printed)


def _parsed(entries: list[bytes]) -> Iterator[Blob]:
    for entry in entries:
        about, _, path = entry.partition(b"\t")
        mode, _, blob, size = about.split()
        if mode in ORDINARY:
            yield Blob(path.decode(errors="backslashreplace"), blob.decode(), int(size))


def _batches(blobs: Sequence[Blob]) -> Iterator[list[Blob]]:
    batch: list[Blob] = []
    held = 0
    for blob in blobs:
        # Git's own line about a blob counts too: a batch may be of thousands of empty files.
        cost = blob.size + 100
        if batch and held + cost > BATCH:
            yield batch
            batch, held = [], 0
        batch.append(blob)
        held += cost
    if batch:
        yield batch


def _read(batch: list[Blob], printed: bytes) -> list[tuple[Blob, str]]:
    """`id blob size LF content LF` for each, in the order asked for; `id missing LF` where the
    mirror is broken."""
    found, at = [], 0
    for blob in batch:
        end = printed.index(b"\n", at)
        if printed[at:end].endswith(b" missing"):
            at = end + 1
            continue
        content = printed[end + 1 : end + 1 + blob.size]
        at = end + 1 + blob.size + 1
        if b"\0" not in content[:BINARY]:
            found.append((blob, content.decode(errors="replace")))
    return found
