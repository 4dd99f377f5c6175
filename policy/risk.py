"""How risky a change is, by its size, its tests and its paths."""

from collections.abc import Sequence

from contracts.agents import TestReport
from contracts.levels import Risk
from contracts.risk import Assessment
from policy.path_patterns import matches
from policy.relevance import ChangedFile

SMALL, LARGE = 100, 500
FEW_FILES, MANY_FILES = 5, 25
# What a reviewer of security would open first.
SENSITIVE = (
    *("*auth*", "*login*", "*password*", "*secret*", "*credential*", "*crypt*", "*token*"),
    *("*permission*", "*session*", "*.pem", "*.key", ".env*", "*security*", "*payment*"),
)
# What changes more than the code says: builds, deployments, data, dependencies.
FAR_REACHING = (
    *(".github/", ".gitlab-ci*", "bitbucket-pipelines*", "Jenkinsfile", "Dockerfile*"),
    *("docker-compose*", "*.tf", "migrations/", "alembic/", "*.sql", "Makefile"),
    *("pyproject.toml", "requirements*", "package.json", "*.lock", "*-lock.*", "go.mod", "pom.xml"),
)


def assess(changed: Sequence[ChangedFile], tests: TestReport | None) -> Assessment:
    """LOW only where there is a reason for it: green tests, a small change, no delicate path.
    A file whose lines git does not count (a binary) counts as a large change."""
    size = sum((file.added or 0) + (file.deleted or 0) for file in changed)
    binary = any(file.added is None for file in changed)
    sensitive, far = _matching(changed, SENSITIVE), _matching(changed, FAR_REACHING)
    high = [
        (bool(sensitive), f"touches security: {_named(sensitive)}"),
        (tests is not None and not tests.green, "tests are red"),
        (size > LARGE or binary, f"{size:,} lines changed{', and binary files' * binary}"),
        (len(changed) > MANY_FILES, f"{len(changed):,} files changed"),
    ]
    medium = [
        (bool(far), f"reaches far: {_named(far)}"),
        (tests is None or (tests.counted and tests.passed == 0), "no test has passed"),
        (tests is not None and not tests.counted, "how many tests passed is not known"),
        (SMALL < size <= LARGE and not binary, f"{size:,} lines changed"),
        (FEW_FILES < len(changed) <= MANY_FILES, f"{len(changed):,} files changed"),
    ]
    grave = [why for is_so, why in high if is_so]
    slight = [why for is_so, why in medium if is_so]
    return Assessment(
        risk=Risk.HIGH if grave else Risk.MEDIUM if slight else Risk.LOW,
        clean=not sensitive,
        files_changed=len(changed),
        diff_size=size,
        reasons=tuple(grave + slight),
    )


def _matching(changed: Sequence[ChangedFile], patterns: tuple[str, ...]) -> list[str]:
    return [
        file.path for file in changed if any(matches(file.path, pattern) for pattern in patterns)
    ]


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(path[:100] for path in paths[:3]) + more
