"""`python -m stack up | status | stop | env`: the embedded stack by hand."""

import argparse
import json
import shlex
import signal
import sys
import threading

from pydantic import ValidationError

from errors import PermanentError
from faults import faults
from settings import Settings
from stack.addresses import VARIABLES
from stack.control import Condition, statuses, stop
from stack.given import given, servers
from stack.user import ServerDownError
from streams import written_out


def up(settings: Settings) -> None:
    """Keeps the servers until Ctrl-C or SIGTERM, or until one of them is gone."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with servers(settings, lambda line: print(line, flush=True)) as addresses:
        print(f"Temporal  {addresses.temporal}")
        print(f"Web UI    {addresses.tickets or '(not ours)'}")
        print('Postgres and Valkey: eval "$(python -m stack env)"', flush=True)
        ours = {s.name for s in statuses(settings.state_dir) if s.condition is Condition.RUNNING}
        while not ended.wait(0.5):
            for status in statuses(settings.state_dir):
                if status.name in ours and status.condition is Condition.STOPPED:
                    print(f"{status.name} was stopped; its log is {status.log}", flush=True)
                    ended.set()


def show(settings: Settings, as_json: bool) -> None:
    found = statuses(settings.state_dir)
    if as_json:
        print(json.dumps([status.model_dump(mode="json") for status in found], indent=2))
        return
    for status in found:
        print(f"{status.name:9} {status.condition:9} {status.address or '-'} {status.ui or ''}")


def end(settings: Settings) -> None:
    print(f"stopped: {', '.join(stop(settings.state_dir)) or 'nothing was running'}")


def show_environment(settings: Settings) -> None:
    """What a shell needs to reach what is running, given addresses included."""
    running = {s.name: s.address for s in statuses(settings.state_dir, hide_passwords=False)}
    places = {"temporal": "temporal", "database_url": "postgres", "redis_url": "valkey"}
    addresses = {
        variable: getattr(given(settings), field) or running[places[field]]
        for field, variable in VARIABLES.items()
    }
    if missing := [name for name, address in addresses.items() if address is None]:
        raise PermanentError(f"not running: nothing for {', '.join(missing)}; python -m stack up")
    for name, address in addresses.items():
        print(f"export {name}={shlex.quote(address or '')}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start the servers and keep them, in the foreground")
    status = commands.add_parser("status", help="what is running, and where")
    status.add_argument("--json", action="store_true")
    commands.add_parser("stop", help="end the servers, even those in use")
    commands.add_parser("env", help="export lines for a shell")
    try:
        run(parser.parse_args())
    except BrokenPipeError:
        raise  # Of our own output, and no server's: written_out() knows.
    except ServerDownError as error:
        print(error, file=sys.stderr)
        return 4
    except ValidationError as error:
        print(faults(error), file=sys.stderr)
        return 2
    except (PermanentError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def run(arguments: argparse.Namespace) -> None:
    settings = Settings()
    match arguments.command:
        case "up":
            up(settings)
        case "status":
            show(settings, arguments.json)
        case "stop":
            end(settings)
        case "env":
            show_environment(settings)


if __name__ == "__main__":
    with written_out():
        sys.exit(main())
