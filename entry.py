"""How the long-lived processes end: exit codes, and one line for what a person can mend."""

import gc
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from asyncpg.exceptions import PostgresError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from cli.postgres_verdicts import of_postgres
from errors import PermanentError
from faults import faults
from interrupts import INTERRUPTED, be_raised_again

UNFINISHED, MISCONFIGURED, AWAY = 1, 2, 4


def exit_code(name: str, work: Callable[[], None]) -> int:
    """Does the work of the process `name`. What is nobody's mistake but ours is raised."""
    be_raised_again()
    gc.enable()  # Off while all was loaded: a fifth of that time, and no garbage found.
    try:
        work()
    except KeyboardInterrupt:  # Before anything is begun: from then on it is a signal like SIGTERM.
        return INTERRUPTED
    except ValidationError as error:
        _tell(f"{name}: {faults(error)}")
        return MISCONFIGURED
    except PermanentError as error:
        _tell(f"{name}: {error}")
        return MISCONFIGURED
    except (SQLAlchemyError, PostgresError) as error:
        if (found := of_postgres(error)) is None:
            raise
        code, said = found
        _tell(f"{name}: {said}")
        return code
    except (OSError, RuntimeError) as error:
        # A timeout says nothing of itself.
        _tell(f"{name}: cannot work any longer: {str(error) or 'no answer in time'}")
        return AWAY
    return 0


def spare_the_collector() -> None:
    """What was loaded by now stays: the garbage collector need not look at it again and again,
    which would hold an answer up for 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def leave(code: int) -> NoReturn:
    """The interpreter's own end sometimes crashes inside the SDK; all is closed by now."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
