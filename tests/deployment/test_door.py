"""The password in front of Temporal's Web UI, by a real Caddy."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from tests.deployment.files import ROOT
from tests.faults.patience import until

CADDY = Path(sys.executable).with_name("caddy")
CONFIGURATION = ["--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
NAME, PASSWORD = "lead", "correct horse"


class WebUi(BaseHTTPRequestHandler):
    """Stands in for Temporal's: it tells what it was told."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"the UI, told {self.headers.get('Authorization')}".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), WebUi) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def environment(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    # A cheaper hash than the usual one, which takes a second for each look.
    argv = [str(CADDY), "hash-password", "--bcrypt-cost", "10", "--plaintext", PASSWORD]
    made = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return {
        "PATH": os.defpath,
        "HOME": str(tmp_path_factory.mktemp("caddy")),
        "PORT": str(port),
        "UI_UPSTREAM": upstream,
        "UI_USER": NAME,
        "UI_PASSWORD_HASH": made.strip(),
    }


@pytest.fixture(scope="module")
async def door(environment: dict[str, str]) -> AsyncIterator[httpx2.AsyncClient]:
    argv = [str(CADDY), "run", *CONFIGURATION]
    caddy = subprocess.Popen(
        argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{environment['PORT']}"
    async with httpx2.AsyncClient(base_url=address, timeout=30) as client:

        async def open_() -> bool:
            try:
                return (await client.get("/door/healthz")).status_code == 200
            except httpx2.TransportError:
                return False

        try:
            await until(open_, "the door is there")
            yield client
        finally:
            caddy.terminate()
            caddy.wait(60)


async def test_nobody_passes_without_the_password(door: httpx2.AsyncClient) -> None:
    for path in ("/", "/api/v1/namespaces", "/door/healthz/../../", "/door/healthz/x"):
        assert (await door.get(path)).status_code == 401
    assert (await door.get("/", auth=(NAME, "wrong"))).status_code == 401


async def test_who_knows_it_passes_and_the_ui_never_sees_it(door: httpx2.AsyncClient) -> None:
    answer = await door.get("/namespaces", auth=(NAME, PASSWORD))
    assert (answer.status_code, answer.text) == (200, "the UI, told None")


@pytest.mark.parametrize(
    "missing", [{"UI_USER"}, {"UI_PASSWORD_HASH"}, {"UI_USER", "UI_PASSWORD_HASH"}]
)
def test_without_a_name_or_a_hash_there_is_no_door(
    environment: dict[str, str], missing: set[str]
) -> None:
    given = {name: value for name, value in environment.items() if name not in missing}
    done = subprocess.run(
        [str(CADDY), "validate", *CONFIGURATION],
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "username and password cannot be empty" in done.stderr
