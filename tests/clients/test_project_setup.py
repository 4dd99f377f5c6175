"""The set-up of a project: once for each state of its lock files."""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from clients.agent_identity import agent_identity
from clients.project_setup import ANEW, KEPT, NOT_KEPT
from tests.clients.project_sites import Project

# Stands for a package manager: fetches one file into a folder, and counts how often.
INSTALL = """
echo once >> "{log}"
mkdir node_modules
cp packages.list node_modules/fetched
echo kept > "$SLIPWAY_CACHE/own"
"""
CHECK = """
cat node_modules/fetched "$SLIPWAY_CACHE/own"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("packages.list", "one\n")
    project.script("install", INSTALL.format(log=log_of(project)))
    project.script("check", CHECK)
    project.says(setup=[["./install"]], test=["./check"], cache_key=["packages.list"])
    return project


def log_of(project: Project) -> Path:
    return project.folder / "log"


def times(project: Project) -> int:
    return len(log_of(project).read_text().split()) if log_of(project).exists() else 0


async def test_a_second_run_finds_what_the_first_one_fetched(project: Project) -> None:
    assert ANEW in await project.summary()
    project.elsewhere()
    ran = await project.run()
    assert ran.report is not None
    assert KEPT in ran.report.summary
    assert ran.report.tests is not None
    assert ran.report.tests.green
    assert ran.report.tests.output_tail == "one\nkept"
    assert times(project) == 1


async def test_another_lock_file_is_another_set_up(project: Project) -> None:
    await project.report()
    project.elsewhere()
    project.write("packages.list", "two\n")
    assert (await project.report()).output_tail == "two\nkept"
    assert times(project) == 2


async def test_other_files_make_no_other_set_up(project: Project) -> None:
    await project.report()
    project.elsewhere()
    project.write("src/a.py", "")
    await project.report()
    assert times(project) == 1


async def test_nothing_is_shared_between_repositories(project: Project) -> None:
    await project.report()
    project.elsewhere()
    project.settings = project.settings.model_copy(update={"repository": "another"})
    await project.report()
    assert times(project) == 2


async def test_who_wants_the_same_at_the_same_time_waits_for_it(project: Project) -> None:
    first = asyncio.create_task(project.report())
    await asyncio.sleep(0)
    project.elsewhere()
    second = asyncio.create_task(project.report())
    assert all(report.green for report in await asyncio.gather(first, second))
    assert times(project) == 1


async def test_a_set_up_that_fails_says_how_and_leaves_nothing(project: Project) -> None:
    project.script("install", "mkdir node_modules; echo no such package >&2; exit 3")
    ran = await project.run()
    assert ran.error_type == "SetupFailedError"
    assert ran.error_message == "set-up `./install` ended with 3: no such package"
    assert project.kept() == []
    assert os.listdir(project.scratch) == []


async def test_all_that_a_failed_set_up_printed_is_kept(project: Project) -> None:
    project.says(setup=[["./install"]])
    project.script("install", "echo resolving; echo no such package >&2; exit 1")
    ran = await project.run()
    assert ran.output.kept == b"resolving\n\n[stderr]\nno such package\n"


async def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    project.says(setup=[["no-such-installer", "x"]], test=["./check"])
    ran = await project.run()
    assert ran.error_type == "SetupFailedError"
    assert ran.error_message is not None
    assert "set-up `no-such-installer x`: no program" in ran.error_message


async def test_a_set_up_has_the_agents_time_and_no_more(project: Project) -> None:
    project.script("install", "sleep 600")
    ran = await project.run(time=timedelta(seconds=1))
    assert ran.error_type == "SetupFailedError"
    assert ran.error_message is not None
    assert "did not end within 0:00:01" in ran.error_message
    assert project.kept() == []


async def test_all_is_kept_that_a_set_up_printed_before_its_time_was_over(
    project: Project,
) -> None:
    project.says(setup=[["true"], ["./install"]], test=["./check"])
    project.script("install", "echo resolving; sleep 600")
    ran = await project.run(time=timedelta(seconds=4))
    why = "set-up did not end within 0:00:04: `./install` was stopped"
    assert (ran.error_type, ran.error_message) == ("SetupFailedError", why)
    assert ran.output.kept == b"resolving\n"
    assert ran.output.size == 10


async def test_who_waits_too_long_for_the_set_up_of_another_says_so(project: Project) -> None:
    project.script("install", "echo once >> ../log; sleep 600")
    first = asyncio.create_task(project.run())
    while not times(project):
        await asyncio.wait((first,), timeout=0.02)
    project.elsewhere()
    ran = await project.run(time=timedelta(seconds=0.5))
    assert ran.error_message == "set-up did not end within 0:00:00.500000"
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_cancelled_set_up_leaves_nothing(project: Project) -> None:
    project.script("install", f"mkdir node_modules; echo once > {log_of(project)}; sleep 600")
    running = asyncio.create_task(project.run())
    while not times(project):
        await asyncio.wait((running,), timeout=0.02)
        assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert project.kept() == []
    assert os.listdir(project.scratch) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("echo x > generated.c", "it also leaves generated.c"),
        ("echo : >> check", "it also leaves check"),
    ],
)
async def test_what_was_made_of_the_checkout_is_made_again(
    project: Project, more: str, why: str
) -> None:
    project.script("install", INSTALL.format(log=log_of(project)) + more)
    assert f"{NOT_KEPT}{why}" in await project.summary()
    assert project.kept() == []
    project.elsewhere()
    assert (await project.report()).green
    assert times(project) == 2


async def test_a_cache_that_is_broken_is_built_anew(project: Project) -> None:
    await project.report()
    (key,) = project.kept()
    (project.setups / key / "checkout/node_modules/fetched").unlink()
    (project.setups / key / "checkout/node_modules").rmdir()
    project.elsewhere()
    assert (await project.report()).green
    assert times(project) == 2
    project.elsewhere()
    assert (await project.report()).green
    assert times(project) == 2


async def test_tests_cannot_change_what_is_kept(project: Project) -> None:
    project.script(
        "check", CHECK + 'echo bad > node_modules/fetched; echo bad > "$SLIPWAY_CACHE/own"'
    )
    await project.report()
    project.elsewhere()
    assert (await project.report()).output_tail == "one\nkept"
    assert times(project) == 1


async def test_set_ups_see_the_index_and_no_secret(project: Project) -> None:
    project.environment |= {"PIP_INDEX_URL": "https://index", "https_proxy": "http://proxy"}
    names = "' '.join(sorted(name for name in os.environ if name.isupper() or 'proxy' in name))"
    code = f"import os; open(os.environ['SLIPWAY_CACHE'] + '/seen', 'w').write({names})"
    project.program("installer", f'exec python3 -c "{code}"')
    project.says(setup=[["installer"]], test=["sh", "-c", "cat $SLIPWAY_CACHE/seen; echo; env"])
    report = await project.report()
    seen, _, tests = report.output_tail.partition("\n")
    assert {"PIP_INDEX_URL", "https_proxy", "PATH", "HOME", "CI"} <= set(seen.split())
    assert "SECRET" not in seen
    assert "PIP_INDEX_URL" not in tests


async def test_it_works_for_users_of_their_own(project: Project) -> None:
    project.folder.chmod(0o711)
    project.identity = agent_identity(project.folder / "state")
    project.scratch = project.folder / "state/runs"
    project.setups = project.folder / "state/setups"
    await asyncio.to_thread(moved_into, project, project.folder / "state/checkouts/one")
    project.script("install", INSTALL.format(log="/dev/null"))
    project.says(setup=[["sh", "./install"]], test=["sh", "./check"], cache_key=["packages.list"])
    assert ANEW in await project.summary()
    await asyncio.to_thread(moved_into, project, project.folder / "state/checkouts/two")
    assert KEPT in await project.summary()
    assert len(project.kept()) == 1


def moved_into(project: Project, checkout: Path) -> None:
    before, project.checkout = project.checkout, checkout
    for name in ("packages.list", "install", "check"):
        project.write(name, (before / name).read_text())


async def test_nothing_is_set_up_where_nothing_is_named(project: Project) -> None:
    project.says(test=["sh", "-c", 'test -z "$SLIPWAY_CACHE"'])
    assert (await project.report()).green
    assert project.kept() == []


async def test_the_manifest_names_what_is_kept(project: Project) -> None:
    await project.report()
    (key,) = project.kept()
    manifest = json.loads((project.setups / key / "kept.json").read_text())
    assert sorted(map(tuple, manifest["trees"])) == [("checkout", "node_modules"), ("run", "cache")]
