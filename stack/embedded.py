"""The servers for whoever needs them: those given stay, the others are started or joined."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from errors import MissingAddressError, MisuseError
from stack.addresses import VARIABLES, Addresses, Given, check
from stack.place import Place, Record
from stack.servers import SERVERS
from stack.user import await_ready, using


class StateDirectoryError(MisuseError):
    """SLIPWAY_STATE_DIR, or the current folder, is no place for the servers' data."""


def _silence(_: str) -> None:
    pass


@contextmanager
def embedded(
    state_dir: Path, given: Given, say: Callable[[str], None] = _silence
) -> Iterator[Addresses]:
    """Blocks until the servers are ready (the first time, some seconds), keeps them until exit.

    Servers live as long as anybody is inside, in any process, however processes end. If all three
    are given, nothing is started or written. `say` gets a line for each server that is started.

    Raises BadAddressError, MissingWheelError, StateDirectoryError, ServerDownError.
    """
    check(given)
    needed = _needed(given)
    for name in needed:
        SERVERS[name].find()
    places = [Place(state_dir.resolve() / name) for name in needed]
    with ExitStack() as held:
        try:
            for place in places:
                place.make()
                held.enter_context(using(place))
        except OSError as error:
            raise _unusable("The servers' data", error) from error
        for place in places:
            _announce(place, say)
        yield _addresses(given, await_ready(places))


def demand_folder(state_dir: Path) -> None:
    """For a process that keeps files of its own there. Raises StateDirectoryError."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable("Checkouts and reports", error) from error


def _unusable(what: str, error: OSError) -> StateDirectoryError:
    return StateDirectoryError(
        f"{what} can't be kept in {error.filename}: {error.strerror}. Set SLIPWAY_STATE_DIR to a "
        "folder that you may write to."
    )


def demand_all(given: Given) -> None:
    """For production, where nothing may be started: raises MissingAddressError naming variables."""
    missing = [name for field, name in VARIABLES.items() if getattr(given, field) is None]
    if missing:
        raise MissingAddressError(
            f"{' and '.join(missing)} must be set: nothing is embedded in production"
        )


def _needed(given: Given) -> list[str]:
    replaced = {
        "temporal": given.temporal,
        "postgres": given.database_url,
        "valkey": given.redis_url,
    }
    return [name for name in SERVERS if replaced[name] is None]


def _announce(place: Place, say: Callable[[str], None]) -> None:
    title = SERVERS[place.name].title
    if not place.log.exists():
        say(f"Starting {title} for the first time…")
    elif place.record() is None:
        say(f"Starting {title}…")


def _addresses(given: Given, records: dict[str, Record]) -> Addresses:
    def address(name: str, instead: str | None) -> str:
        return records[name].address if instead is None else instead

    return Addresses(
        temporal=address("temporal", given.temporal),
        database_url=address("postgres", given.database_url),
        redis_url=address("valkey", given.redis_url),
        ui=records["temporal"].ui if "temporal" in records else None,
    )
