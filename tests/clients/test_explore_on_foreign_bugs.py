"""Three real faults of libraries that know nothing of us: does `explore` point at the file that
their authors changed? Which one that was is what differs between two releases' sources; the
tickets retell, in other words, what was reported. The one about requests names no cause, and its
file comes fourth, by what the ticket says and the code abbreviates."""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients.builtin_agents import BuiltinAgents, Site
from clients.git.repositories import Repositories
from clients.test_runner import BuiltinRunner
from contracts.agents import Brief, Report
from contracts.issues import Ticket
from contracts.phases import Phase
from contracts.playbooks import BuiltinAgent
from contracts.repository_settings import RepositorySettings
from tests.clients.git_upstream import Upstream

FIRST = 5


@dataclass(frozen=True)
class Fault:
    """`release` is the last one with the fault, `mended` the source file that the next changed."""

    release: str
    mended: str
    title: str
    description: str

    @property
    def requirement(self) -> str:
        return self.release.replace("-", "==")


FAULTS = (
    # https://github.com/psf/requests/issues/6027, mended in 2.27.1
    Fault(
        "requests-2.27.0",
        "requests/utils.py",
        "Proxy authentication bug",
        "With my proxies I get status code 407 where I should get 200:\n\n"
        "    r = requests.get('https://example.org/', proxies=proxies)\n"
        "    print(r.status_code)\n\n"
        "The proxy needs authentication, the URL has user and password. With 2.26.0 it works.",
    ),
    # https://github.com/pallets/werkzeug/security/advisories/GHSA-hrfv-mqp8-q5rw, mended in 2.3.8
    Fault(
        "werkzeug-2.3.7",
        "src/werkzeug/sansio/multipart.py",
        "High resource usage when parsing multipart form data with a large part",
        "Upload a file that starts with CR or LF and goes on with megabytes without either: the "
        "chunks are appended to a buffer that grows, and for each one the boundary is looked for "
        "in all of it. One request can keep a worker busy for minutes.",
    ),
    # https://github.com/pallets/itsdangerous/pull/296, mended in 2.1.1
    Fault(
        "itsdangerous-2.1.0",
        "src/itsdangerous/timed.py",
        "Unhandled ValueError from a timestamp in the far future",
        "Somebody sends a session cookie whose timestamp is too far in the future, and gets a 500 "
        "where it should count as a bad signature:\n\n"
        '  File "lib/python3.8/site-packages/flask/sessions.py", line 361, in open_session\n'
        '  File "lib/python3.8/site-packages/itsdangerous/timed.py", line 127, in unsign\n'
        "ValueError: year 5365471 is out of range",
    ),
)


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries as their authors published them."""
    folder = tmp_path_factory.mktemp("libraries")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--dest", str(folder)]
    command += [fault.requirement for fault in FAULTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (
        "The libraries could not be fetched: this test needs a package index that answers. "
        f"pip said: {done.stderr[-1000:]}"
    )
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    return folder


async def explored(fault: Fault, source: Path, scratch: Path) -> Report:
    upstream = Upstream.init(scratch / "upstream")
    shutil.copytree(source, upstream.path, dirs_exist_ok=True)
    commit = upstream.commit()
    agents = BuiltinAgents(BuiltinRunner(os.environ, scratch / "runs"))
    repositories = Repositories(scratch / "state", {})
    async with repositories.checkout(upstream.url, commit, "run") as checkout:
        agent = BuiltinAgent(name="explore", use="explore")
        site = Site(checkout, RepositorySettings())
        ran = await agents.run(agent, brief(fault, checkout.path, commit), site, lambda: None)
    assert ran.report is not None
    return ran.report


def brief(fault: Fault, workspace: Path, commit: str) -> Brief:
    return Brief(
        ticket=Ticket(key="DEMO-1", title=fault.title, description=fault.description),
        phase=Phase.EXPLORE,
        round=1,
        attempt=1,
        workspace=str(workspace),
        branch="slipway/DEMO-1",
        base_commit=commit,
    )


async def test_for_three_real_faults_the_mended_file_is_among_the_first_five(
    sources: Path, tmp_path: Path
) -> None:
    found = {}
    for fault in FAULTS:
        assert (sources / fault.release / fault.mended).is_file()
        report = await explored(fault, sources / fault.release, tmp_path / fault.release)
        assert all(file.reason for file in report.relevant)
        found[fault.release] = [file.path for file in report.relevant[:FIRST]]
    hits = [fault.release for fault in FAULTS if fault.mended in found[fault.release]]
    assert len(hits) == len(FAULTS), found
