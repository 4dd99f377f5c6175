"""What Landlock closes to agents of the worker's own user."""

import os
import sys
from dataclasses import replace
from errno import EPERM
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from clients.confinement import OLDEST, landlock
from clients.processes import run_bounded
from clients.run_folders import run_folder
from tests.clients.confined_programs import Place
from tests.clients.stubborn_programs import no_beat, program

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or landlock() < OLDEST, reason="Needs Landlock"
)


async def test_a_secret_that_comes_after_the_worker_is_hidden_as_well(tmp_path: Path) -> None:
    late = tmp_path / ".env"
    ordinary_user = Place.of(tmp_path / "state", "own", [late])
    late.write_text("TOKEN=t")
    (tmp_path / "other").write_text("x")
    code = (
        "def seen(name):\n"
        f"    try: return open({str(tmp_path)!r} + name).read()\n"
        "    except PermissionError: return None\n"
        "print(seen('/.env'), seen('/other'))"
    )
    assert await ordinary_user.says(code) == "None x"


async def test_who_may_write_at_home_still_sees_no_secret_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (".ssh", ".tool"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text("k")
    (tmp_path / ".env").write_text("TOKEN=t")
    monkeypatch.setenv("HOME", str(tmp_path))
    place = Place.of(tmp_path / "state", "own", [tmp_path / ".env"])
    (place.state / "mirrors").mkdir()
    (place.state / "mirrors/config").write_text("c")
    code = (
        "import os\n"
        "home = os.environ['HOME']\n"
        "for name in ('.tool/key', '.ssh/key', '.env', 'state/mirrors/config'):\n"
        "    try: print(name, open(f'{home}/{name}', 'r+').read())\n"
        "    except PermissionError: pass\n"
        "open(f'{home}/.tool/new', 'w').write('x')"
    )
    async with run_folder(place.state / "runs", place.identity) as folder:
        own = folder.environment(os.environ, ("HOME",))
        ran = await run_bounded(replace(program(folder, code), environment=own), no_beat)
    assert (ran.stdout.kept, ran.stderr.kept) == (b".tool/key k\n", b"")


@pytest.mark.skipif(sys.platform != "linux" or landlock() < 6, reason="Needs Linux 6.12")
async def test_a_sealed_agent_reaches_no_abstract_socket_but_its_own(tmp_path: Path) -> None:
    ordinary_user = Place.of(tmp_path / "state", "own")
    with socket(AF_UNIX) as ours:
        ours.bind(f"\0{tmp_path}")
        ours.listen()
        code = (
            "from socket import AF_UNIX, socket\n"
            "own = socket(AF_UNIX); own.bind('\\0' + 'own of this run'); own.listen()\n"
            f"for name in ('own of this run', {str(tmp_path)!r}):\n"
            "    print(socket(AF_UNIX).connect_ex('\\0' + name))"
        )
        assert (await ordinary_user.says(code)).split() == ["0", str(EPERM)]
