"""What approvers see of a change: as git has it, without secrets, and never for long."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from clients.git.changes import Changes
from clients.git.repositories import Repositories
from contracts.levels import Risk
from contracts.risk import RiskQuestion
from policy.redaction import Redaction
from tests.clients.git_upstream import Upstream


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream.init(tmp_path / "upstream")


def changes(folder: Path, *secrets: str, patience: timedelta = timedelta(seconds=20)) -> Changes:
    repositories = Repositories(folder, os.environ)
    return Changes(lambda _: repositories, Redaction(secrets), patience)


def work(upstream: Upstream, base: str, commit: str) -> RiskQuestion:
    return RiskQuestion(repo_url=upstream.url, start_commit=base, commit=commit)


async def test_a_change_is_shown_with_its_risk_and_without_secrets(
    upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.commit(readme="Hello")
    commit = upstream.commit(login="password=hunter2-hunter2\n")
    seen = await changes(tmp_path, "hunter2-hunter2").of("acme", work(upstream, base, commit))
    assert seen is not None
    assert [(file.path, file.added, file.deleted) for file in seen.files] == [("login.txt", 1, 0)]
    assert "+password=" in seen.diff
    assert "hunter2" not in seen.diff
    assert seen.assessment.risk is Risk.HIGH


async def test_before_anything_is_changed_there_is_an_empty_change(
    upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.commit(readme="Hello")
    seen = await changes(tmp_path).of("acme", work(upstream, base, base))
    assert seen is not None
    assert (seen.files, seen.diff, seen.cut) == ((), "", False)


async def test_what_came_to_the_default_branch_meanwhile_is_no_part_of_the_change(
    upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.commit(readme="Hello")
    commit = upstream.commit(work="done\n")
    upstream.git("checkout", "--quiet", "-b", "later", base)
    later = upstream.commit(others="theirs\n")
    seen = await changes(tmp_path).of("acme", work(upstream, later, commit))
    assert seen is not None
    assert [file.path for file in seen.files] == ["work.txt"]


async def test_a_very_long_diff_is_cut(upstream: Upstream, tmp_path: Path) -> None:
    base = upstream.commit(readme="Hello")
    commit = upstream.commit(long="a line of some length\n" * 20_000)
    seen = await changes(tmp_path).of("acme", work(upstream, base, commit))
    assert seen is not None
    assert seen.cut


async def test_a_change_that_cannot_be_had_stops_no_page(
    upstream: Upstream, tmp_path: Path
) -> None:
    base = upstream.commit(readme="Hello")
    reader = changes(tmp_path)
    assert await reader.of("acme", work(upstream, base, "f" * 40)) is None
    assert await reader.of("acme", None) is None
    hurried = changes(tmp_path, patience=timedelta())
    assert await hurried.of("acme", work(upstream, base, base)) is None
