"""A git host on the other side of a proxy: every name leads to it, over TLS, with a login.

It serves what `git http-backend` serves. Nothing of ours is asked to accept addresses inside.
"""

import base64
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NAMES = ("git.example.org", "elsewhere.example.net")
USER, TOKEN = "robot", "t0ken/with+signs%-and-length"


@dataclass
class Host:
    """`answer` may give those who are let in a status and a place instead of what git says."""

    root: Path
    proxy: str = ""
    certificate: Path = Path()
    public: bool = False
    answer: Callable[[str, str], tuple[int, str] | None] = lambda host, path: None
    when_let_in: Callable[[], None] = lambda: None
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"https_proxy": self.proxy, "GIT_SSL_CAINFO": str(self.certificate)}

    @property
    def logins(self) -> int:
        return sum(1 for _, said in self.seen if said)

    def lets_in(self, said: str | None) -> bool:
        right = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        return self.public or said == f"Basic {right}"


class Caller(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: Host
    context: ssl.SSLContext

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.rfile.close()
        self.wfile.close()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_GET(self) -> None:
        body = self._body()
        name, said = self.headers["Host"], self.headers.get("Authorization")
        self.host.seen.append((name, said))
        if not self.host.lets_in(said):
            self._refuse(401, "WWW-Authenticate", 'Basic realm="git"')
        elif instead := self.host.answer(name, self.path):
            self._refuse(instead[0], "Location", instead[1])
        else:
            self.host.when_let_in()
            self._serve(body)

    do_POST = do_GET  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _refuse(self, status: int, name: str, value: str) -> None:
        text = f"You said {self.headers.get('Authorization')}".encode()
        self.send_response(status)
        self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _serve(self, body: bytes) -> None:
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=self._variables(body), capture_output=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _variables(self, body: bytes) -> dict[str, str]:
        address = urlsplit(self.path)
        return {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self.host.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": USER,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def git_host(root: Path, scratch: Path) -> Iterator[Host]:
    """Serves the repositories under `root` as https://git.example.org/NAME."""
    host, context = Host(root), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    host.certificate = _certified(context, scratch)
    caller = type("HostsCaller", (Caller,), {"host": host, "context": context})
    with ThreadingHTTPServer(("127.0.0.1", 0), caller) as server:
        server.daemon_threads = False  # So they are waited for.
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        host.proxy = f"http://127.0.0.1:{server.server_port}"
        yield host
        server.shutdown()
        thread.join()


def _certified(context: ssl.SSLContext, scratch: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "git host")])
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    scratch.mkdir(parents=True)
    path, key_path = scratch / "certificate.pem", scratch / "key.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context.load_cert_chain(path, key_path)
    return path
