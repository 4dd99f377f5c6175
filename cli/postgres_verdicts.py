"""Which failure of Postgres ends with which exit code. Knows no Temporal, as most readers don't."""

from cli.exits import AWAY, FAILED, WRONG_USE
from db.failures import Failure, failure_of, sqlstate_of, words_of


def of_postgres(error: BaseException) -> tuple[int, str] | None:
    """Exit code and what to say; None for what Postgres did not say, or nobody can mend."""
    match failure_of(error):
        case Failure.AWAY:
            said = f": {words_of(error)}" if sqlstate_of(error) else ""
            return AWAY, f"Postgres does not answer{said}. Try again in a moment."
        case Failure.LOGIN:
            why = words_of(error)
            return WRONG_USE, f"Postgres refuses the login: {why}. Check DATABASE_URL."
        case Failure.SCHEMA:
            return (
                FAILED,
                "The database's schema is not Slipway's newest. Bring it there: starter.py setup",
            )
        case _:
            return None


def is_postgres_away(error: BaseException) -> bool:
    """Whether nobody answered where Postgres should be. The driver raises an OSError as it is."""
    return isinstance(error, OSError) or failure_of(error) is Failure.AWAY
