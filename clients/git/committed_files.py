"""Single files of a commit, read from the mirror without a checkout."""

from clients.git.errors import FileTooLargeError, GitFailedError, GitTimedOutError
from clients.git.mirrors import Mirror
from clients.git.program import Git

ORDINARY = {"100644", "100755"}


async def read(mirror: Mirror, commit: str, path: str, most: int) -> bytes | None:
    """A mirror that can't give what it should have is made anew, once."""
    if not _can_exist(path):
        return None
    await mirror.bring(commit)
    generation = mirror.generation()
    try:
        return await _content(mirror.git, commit, path, most)
    except GitTimedOutError:
        raise
    except GitFailedError:
        await mirror.renew(generation)
        await mirror.bring(commit)
        return await _content(mirror.git, commit, path, most)


async def _content(git: Git, commit: str, path: str, most: int) -> bytes | None:
    listed = await git.run(
        *("--literal-pathspecs", "ls-tree", "-z", "--full-tree"), commit, "--", path
    )
    mode, _, blob = ([*listed.partition(b"\t")[0].decode().split(), *[""] * 3])[:3]
    if mode not in ORDINARY:
        return None
    content, cut = await git.head(most, "cat-file", "blob", blob)
    if cut:
        raise FileTooLargeError(
            f"{path[:200]} in commit {commit[:10]} has more than the {most:,} bytes that are read "
            "of it. Make it smaller, commit that, and start again."
        )
    return content


def _can_exist(path: str) -> bool:
    """Git's own reading of `..`, of a slash at the end and of the empty path is another."""
    return "\0" not in path and all(part not in {"", ".", ".."} for part in path.split("/"))
