"""What of a checkout goes into its next commit, as git's index has it."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

GITLINK = "160000"
SUBMODULES = b".gitmodules"
# What is longer is no text, and not worth reading twice.
MOST_BYTES = 2**26
CHUNK = 2**20


@dataclass(frozen=True)
class StagedFile:
    """Differs from the base in mode, content or both; an id of zeros stands for no file."""

    base_mode: str
    mode: str
    base_id: str
    id: str
    path: bytes

    @property
    def name(self) -> str:
        """A path that is not UTF-8 comes with backslashes, since neither JSON nor Postgres could
        hold it."""
        return self.path.decode(errors="backslashreplace")

    @property
    def is_regular(self) -> bool:
        return self.base_mode.startswith("100") and self.mode.startswith("100")


def parsed(raw: bytes) -> list[StagedFile]:
    """`:old new old-id new-id status NUL path NUL`, as gitformat's raw diff says."""
    fields = raw.split(b"\0")
    return [
        _parsed(about.decode().removeprefix(":").split(), path)
        for about, path in zip(fields[::2], fields[1::2], strict=False)
    ]


def untouched(work: Path, staged: Iterable[StagedFile]) -> list[StagedFile]:
    """Those with the bytes that the base has, which only the repository's attributes would have
    committed otherwise: `text`, where line ends were committed as they came."""
    return [
        file
        for file in staged
        if file.is_regular
        and file.id != file.base_id
        and _blob_id(os.fsencode(work) + b"/" + file.path) == file.base_id
    ]


def as_in_the_base(files: Iterable[StagedFile]) -> bytes:
    """For `git update-index -z --index-info`: the base's content, in the mode they have now."""
    return b"".join(f"{file.mode} {file.base_id}\t".encode() + file.path + b"\0" for file in files)


def filled_submodules(work: Path, listed: bytes) -> Iterator[str]:
    """Of the index, as `git ls-files --stage -z` lists it: submodules whose folders hold files.
    They are empty in a checkout, and git looks into none of them."""
    for entry in listed.split(b"\0"):
        about, _, path = entry.partition(b"\t")
        if not about.startswith(GITLINK.encode()):
            continue
        folder = work / os.fsdecode(path)
        if folder.is_dir() and not folder.is_symlink() and any(folder.iterdir()):
            yield path.decode(errors="backslashreplace")


def _parsed(about: list[str], path: bytes) -> StagedFile:
    base_mode, mode, base_id, new_id, *_ = about
    return StagedFile(base_mode, mode, base_id, new_id, path)


def _blob_id(path: bytes) -> str | None:
    """As git would name the content as it lies there; None for what is no file of ours to read."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return None
        digest = hashlib.sha1(b"blob %d\0" % about.st_size, usedforsecurity=False)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
