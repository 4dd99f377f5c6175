"""Files that agents may not touch."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.repository_settings import RepositorySettings
from policy.protected_paths import complaint, touched

DEFAULT = RepositorySettings()


def protected(*patterns: str) -> RepositorySettings:
    return RepositorySettings(protected=patterns)


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".github/workflows/deep/er.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        ".circleci/config.yml",
        "packages/web/.husky/pre-commit",
        ".githooks/pre-push",
        ".pre-commit-config.yaml",
        ".slipway.yaml",
    ],
)
def test_ci_hooks_and_the_settings_are_protected_by_default(path: str) -> None:
    assert touched([path, "src/a.py"], DEFAULT) == (path,)


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        ".github/ISSUE_TEMPLATE.md",
        "docs/.github/workflows/x",
        "husky/a",
        "jenkins/file",
    ],
)
def test_other_files_are_not(path: str) -> None:
    assert touched([path], DEFAULT) == ()


@pytest.mark.parametrize(
    "path",
    [
        ".GitHub/Workflows/ci.yml",
        ".github/work\u200dflows/ci.yml",
        ".github./workflows/ci.yml",
        ".github/workflows /ci.yml",
        "\uff0egithub/workflows/ci.yml",
        ".github\\workflows\\ci.yml",
        "JENKINSFILE",
    ],
)
def test_another_spelling_is_the_same_file_to_some_file_system(path: str) -> None:
    assert touched([path], DEFAULT) == (path,)


@pytest.mark.parametrize(
    "path", [".github", ".github/workflows", ".husky", "a/.husky", ".circleci"]
)
def test_a_file_or_link_in_the_place_of_a_protected_folder_counts(path: str) -> None:
    assert touched([path], DEFAULT) == (path,)


@pytest.mark.parametrize(
    "path", ["../x", "a/../.github/workflows/ci.yml", "/etc/passwd", "a//b", "./a", ""]
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert touched([path], protected()) == (path,)


def test_both_names_of_a_rename_count() -> None:
    assert touched(["ci/old.yml", ".github/workflows/new.yml"], DEFAULT) == (
        ".github/workflows/new.yml",
    )
    assert touched([".github/workflows/old.yml", "ci/new.yml"], DEFAULT) == (
        ".github/workflows/old.yml",
    )


def test_own_patterns_replace_the_default_but_never_free_the_settings() -> None:
    paths = [".slipway.yaml", ".github/workflows/ci.yml", "infra/main.tf"]
    assert touched(paths, protected("infra/")) == (".slipway.yaml", "infra/main.tf")
    assert touched(paths, protected()) == (".slipway.yaml",)


@pytest.mark.parametrize(
    ("pattern", "path", "counts"),
    [
        ("*.lock", "deep/er/uv.lock", True),
        ("/*.lock", "deep/uv.lock", False),
        ("infra", "a/infra/x/y", True),
        ("infra/*.tf", "infra/main.tf", True),
        ("infra/*.tf", "infra/sub/main.tf", False),
        ("infra/**/*.tf", "infra/main.tf", True),
        ("infra/**/*.tf", "infra/a/b/main.tf", True),
        ("**/keys", "keys", True),
        ("**/keys", "a/b/keys/c", True),
        ("a?c/[xy]", "abc/x", True),
        ("a?c/[xy]", "abc/z", False),
        ("**", "anything/at/all", True),
        ("docs/*.md", "docs", True),
        ("*/ci/x", "other", False),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, path: str, counts: bool) -> None:
    assert bool(touched([path], protected(pattern))) is counts


def test_what_is_long_and_wild_is_decided_soon() -> None:
    began = time.monotonic()
    hard = protected("**/" * 60 + "x", "*a" * 60 + "b", "/".join(["**/a*a*a"] * 20))
    assert touched(["a/" * 200 + "a" * 200], hard) == ()
    assert time.monotonic() - began < 2


@given(st.lists(st.text(max_size=40), max_size=5), st.text(min_size=1, max_size=20))
def test_no_path_is_a_crash_and_none_is_invented(paths: list[str], pattern: str) -> None:
    assert set(touched(paths, protected(pattern))) <= set(paths)


def test_the_complaint_names_some_files_and_counts_the_rest() -> None:
    said = complaint(tuple(f"{at:02}.yml" for at in range(12)))
    assert "'00.yml', '01.yml'" in said
    assert "and 2 more" in said
