"""Which of the files that an agent changed it may not touch."""

from collections.abc import Iterable

from contracts.repository_settings import FILE, RepositorySettings
from policy.path_patterns import matches

MOST_NAMED = 10


def touched(paths: Iterable[str], settings: RepositorySettings) -> tuple[str, ...]:
    """The protected ones, sorted. Of a rename both names belong into `paths`. The settings
    themselves are protected whatever they say, and so is a path that leads out of the
    repository."""
    patterns = {*settings.protected, FILE}
    return tuple(sorted({path for path in paths if _is_protected(path, patterns)}))


def complaint(paths: tuple[str, ...]) -> str:
    """For people: what was touched, and who may allow it."""
    named = ", ".join(repr(path[:200]) for path in paths[:MOST_NAMED])
    more = f" and {len(paths) - MOST_NAMED:,} more" if len(paths) > MOST_NAMED else ""
    return (
        f"The agent changed what agents may not touch here: {named}{more}. Nothing was committed. "
        f"`protected` in {FILE} on the default branch says what is off limits."
    )


def _is_protected(path: str, patterns: set[str]) -> bool:
    parts = path.replace("\\", "/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return True
    return any(matches(path, pattern) for pattern in patterns)
