"""Agents that mean harm: what they try has no effect, and nothing of them stays.

The programs are in `hostile/`. Each is tried under the worker's own user, and by root under another
one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients.command_agent import CommandAgentRunner
from clients.git.checkouts import Checkout
from clients.git.repositories import Repositories
from clients.git.repository_facts import patch
from clients.processes import Ran
from clients.test_runner import BuiltinRunner
from clients.tree_removal import remove_tree
from contracts.agents import Brief
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent, CommandAgent
from contracts.repository_settings import RepositorySettings
from policy.protected_paths import touched
from tests.clients.confined_programs import KINDS, Place
from tests.clients.git_upstream import WHEN, Upstream, push
from tests.clients.stubborn_programs import lives, no_beat

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux confines agents")

HOSTILE = Path(__file__).with_name("hostile")
CANARY = "canary-5d1f"


@dataclass(frozen=True)
class Den:
    """A worker's home and state, a repository, and a secret in every place that is not an
    agent's to read."""

    folder: Path
    place: Place
    upstream: Upstream
    repositories: Repositories

    @property
    def state(self) -> Path:
        return self.place.state

    @property
    def secret(self) -> Path:
        return self.folder / "home/.ssh/secret"

    @property
    def base(self) -> str:
        return self.upstream.git("rev-parse", "main")

    async def run(self, checkout: Checkout, name: str, *arguments: object, **more: object) -> Ran:
        command = ("{python}", "-I", "-S", str(HOSTILE / name), *map(str, arguments))
        given = {"kind": "command", "name": "rogue", "command": command} | more
        environment = {"PATH": os.environ["PATH"], "SECRET": CANARY}
        runner = CommandAgentRunner(environment, self.state / "runs", identity=self.place.identity)
        agent = CommandAgent.model_validate(given)
        return await runner.run(agent, self.brief(checkout), no_beat)

    def brief(self, checkout: Checkout) -> Brief:
        return Brief(
            ticket=Ticket(key="DEMO-1", title="Round right"),
            phase=Phase.CODE,
            round=1,
            attempt=1,
            workspace=str(checkout.path),
            branch="slipway/DEMO-1",
            base_commit=checkout.base,
        )

    async def run_alone(self, name: str, *arguments: object, **more: object) -> Ran:
        async with self.repositories.checkout(self.upstream.url, self.base, "run") as checkout:
            return await self.run(checkout, name, *arguments, **more)

    def left(self) -> list[Path]:
        return [*(self.state / "checkouts").iterdir(), *(self.state / "runs").iterdir()]


@pytest.fixture(params=KINDS)
def den(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Den]:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    (home / ".ssh").mkdir(parents=True)
    home.chmod(0o700)
    (home / ".ssh/secret").write_text(CANARY)
    (tmp_path / ".env").write_text(f"TOKEN={CANARY}\n")
    upstream = Upstream.init(tmp_path / "upstream")
    upstream.commit(README="hello\n", value="right\n")
    place = Place.of(tmp_path / "state", request.param, [tmp_path / ".env"])
    yield Den(tmp_path, place, upstream, Repositories(place.state, {}))
    remove_tree(place.state)


def summary(ran: Ran) -> str:
    assert ran.report is not None, ran.error_message
    return ran.report.summary


@pytest.fixture
def colleague() -> Iterator[None]:
    """Another process of the worker's user, with a secret in its environment."""
    with subprocess.Popen(["sleep", "600"], env={"SECRET": CANARY}) as process:
        yield
        process.kill()


@pytest.mark.usefixtures("colleague")
async def test_a_thief_finds_no_secret(den: Den) -> None:
    (den.state / "token").write_text(CANARY)
    async with (
        den.repositories.checkout(den.upstream.url, den.base, "other") as other,
        den.repositories.checkout(den.upstream.url, den.base, "run") as checkout,
    ):
        (other.path / "secret").write_text(CANARY)
        await den.run(other, "digger.py")  # Somebody worked there: so it is handed over.
        (den.state / "mirrors/secret").write_text(CANARY)
        places = (den.folder, den.state, other.path, den.state / "mirrors", den.secret.parents[1])
        known = (den.folder / ".env", den.secret, other.path / "secret", den.state / "token")
        ran = await den.run(checkout, "thief.py", CANARY, *places, *known)
    assert summary(ran) == "stole 0: []"


async def test_a_daemon_dies_with_the_run(den: Den) -> None:
    pids = [int(pid) for pid in summary(await den.run_alone("daemon.py")).split()]
    assert len(pids) == 2
    assert not any(lives(pid) for pid in pids)


async def test_a_fork_bomb_is_put_out_and_named(den: Den) -> None:
    ran = await den.run_alone("bomber.py", limits={"processes": 100})
    assert ran.error_type == "AgentProcessesError"
    assert ran.error_message == "started more than 100 processes and threads"
    assert den.left() == []


async def test_a_gigabyte_of_output_is_neither_kept_nor_believed(den: Den) -> None:
    ran = await den.run_alone("shouter.py")
    if ran.error_type is None:  # It was quicker than anybody could look.
        assert ran.report is not None
        assert "bytes of output, the first 1,048,576 were kept" in ran.report.findings[-1]
    else:
        assert ran.error_type == "AgentOutputError"
    assert len(ran.output.kept) == 2**20


async def test_a_vandal_changes_nothing_outside_of_its_checkout(den: Den) -> None:
    home = den.secret.parents[1]
    before = sorted(home.rglob("*"))
    async with (
        den.repositories.checkout(den.upstream.url, den.base, "other") as other,
        den.repositories.checkout(den.upstream.url, den.base, "run") as checkout,
    ):
        mirror = next((den.state / "mirrors").glob("*.git"))
        ours = (home, den.state, den.state / "runs", mirror, checkout.path.parent)
        ran = await den.run(checkout, "vandal.py", *ours, other.path, den.upstream.path)
        assert await other.changed_files() == []
    assert summary(ran) == "spoilt 0: []"
    assert sorted(home.rglob("*")) == before
    assert not list(Path("/tmp").glob("slipway-vandal-*"))


async def test_traps_in_git_and_pushes_of_its_own_have_no_effect(den: Den) -> None:
    trace = den.folder / "trace"
    before, branches = den.base, den.upstream.git("branch", "--list")
    async with den.repositories.checkout(den.upstream.url, den.base, "run") as checkout:
        mirror = next((den.state / "mirrors").glob("*.git"))
        ran = await den.run(checkout, "rewriter.py", trace, den.upstream.path, mirror)
        assert summary(ran) == "done"
        commit = await checkout.commit("rogue", "Done", WHEN)
        assert commit is not None
        assert await checkout.changed_files() == [".gitattributes", "trap", "work.txt"]
        await push(checkout, commit, "slipway/DEMO-1")
    assert not trace.exists()
    assert den.base == before
    assert den.upstream.git("branch", "--list") == f"{branches}\n  slipway/DEMO-1"
    assert den.upstream.git("rev-parse", "slipway/DEMO-1^") == before


async def test_links_are_committed_as_links_and_read_by_nobody(den: Den) -> None:
    async with den.repositories.checkout(den.upstream.url, den.base, "run") as checkout:
        assert summary(await den.run(checkout, "linker.py", den.secret)) == "linked"
        commit = await checkout.commit("rogue", "Links", WHEN)
        assert commit is not None
        assert await checkout.changed_files() == ["README.txt", "folder"]
        assert CANARY not in (await patch(checkout.mirror.git, checkout.base, commit))[0]
        ran = await den.run(checkout, "linker.py", den.secret, "report")
    assert ran.error_type == "AgentFailedError"  # There is no README.txt to remove any more.
    assert CANARY not in str(ran)
    assert den.secret.read_text() == CANARY


async def test_a_report_that_is_a_link_is_refused(den: Den) -> None:
    ran = await den.run_alone("linker.py", den.secret, "report")
    assert ran.error_type == "AgentReportError"
    assert CANARY not in str(ran)


async def test_a_hole_without_a_bottom_is_filled_in(den: Den) -> None:
    async with den.repositories.checkout(den.upstream.url, den.base, "run") as checkout:
        for _ in range(2):
            ran = await den.run(checkout, "digger.py")
            assert ran.error_type == "AgentDiskError"
    assert den.left() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give two agents two users")
async def test_agents_that_run_together_are_strangers_to_each_other(tmp_path: Path) -> None:
    place = Place.of(tmp_path / "state", "other")
    first, second = place.identity.lease(), place.identity.lease()
    assert first is not None
    assert second is not None
    assert first.uid != second.uid
    first.lock.release()
    second.lock.release()


async def test_tests_are_judged_by_their_own_run_and_never_by_a_claim(den: Den) -> None:
    settings = RepositorySettings(test=(sys.executable, "-I", "-S", "check.py"))
    check = "assert open('value.txt').read() == 'right\\n'\nprint('1 passed')\n"
    (den.upstream.path / "check.py").write_text(check)
    den.upstream.commit()
    tester = BuiltinAgent(name="tests", use="run-tests")
    runner = BuiltinRunner(os.environ, den.state / "runs", identity=den.place.identity)
    async with den.repositories.checkout(den.upstream.url, den.base, "run") as checkout:
        honest = await runner.run(tester, den.brief(checkout), settings, no_beat)
        lie = await den.run(checkout, "liar.py")
        ran = await runner.run(tester, den.brief(checkout), settings, no_beat)
        forbidden = touched(await checkout.changed_files(), settings)
    assert green(honest)
    assert green(lie)
    assert not green(ran)
    assert forbidden == (".github/workflows/ci.yml", ".slipway.yaml")


def green(ran: Ran) -> bool:
    assert ran.report is not None
    assert ran.report.tests is not None
    return ran.report.tests.green
