"""`python -m db`: the database's schema, its first rows, and its truth, by hand."""

import asyncio
import json
import sys
from typing import Annotated

import typer

from contracts.identity import Role
from db.cleanup_command import cleanup_command
from db.console import Servers, failures, say, servers, with_sessions, work, work_alone, work_at
from db.encryption import Keyring
from db.engine import Sessions
from db.exits import FAILED
from db.maintenance import SchemaStatus, differences, downgrade, dry_run, reset, upgrade
from db.maintenance import status as schema_status
from db.redis_beside import organization_in, redis_lines, redis_status
from db.rotation import rotate
from db.seeds import Newcomer, seed
from db.verification import rebuild, verify_ledger
from db.webhook_retention import Ages
from errors import MisuseError, PermanentError
from settings import Settings
from streams import written_out

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
NOT_REBUILT = (
    "Nothing was made anew: the tables would say what nobody recorded. Put the event back as it "
    "was (a backup has it), or make the tables of all other orchestrations: rebuild --leave-broken"
)
UNTOLD = (
    "Worker and gateway that were started before they had this key can read none of them: start "
    "them again, if that is not done."
)


app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command("migrate")
def migrate(
    to: Annotated[str, typer.Option(help="The revision to reach.")] = "head",
    dry: Annotated[bool, typer.Option("--dry-run", help="Print the SQL, run nothing.")] = False,
) -> None:
    """Bring the schema up."""

    async def job(url: str) -> None:
        if dry:
            print(await dry_run(url, to), end="")
            return
        await upgrade(url, to)
        found = (await schema_status(url)).revision or ""
        if to.isdecimal() and found > to:
            raise MisuseError(f"the schema is beyond {to}, at {found}: python -m db downgrade")
        print(await _where(url))

    work(job)


@app.command("downgrade")
def take_down(
    to: Annotated[str, typer.Option(help="A revision, base, or a number of steps.")] = "-1",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the schema down, and with it the rows of what goes. Asks first."""

    with failures():
        if not yes and (sys.stdin is None or not sys.stdin.isatty()):
            raise PermanentError("this deletes what goes down with the schema; say so with --yes")
    with failures(), servers(Settings()) as at:
        url = at.url
        if not yes:
            _ask(asyncio.run(schema_status(url)), to)
        asyncio.run(downgrade(url, to))
        print(asyncio.run(_where(url)))


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Where the schema is, and where the code wants it."""

    async def job(at: Servers) -> None:
        found = await schema_status(at.url)
        organization_id = await organization_in(at.url, Settings().slipway_organization)
        redis = await redis_status(at.redis_url, organization_id)
        if as_json:
            beside = {"redis": redis.model_dump(mode="json") if redis else None}
            print(json.dumps(found.model_dump(mode="json") | beside))
            return
        print(f"database {found.database}, Postgres {found.server}")
        print(await _where(at.url))
        if found.pending:
            print(f"to come: {', '.join(found.pending)}; python -m db migrate")
        print("\n".join(redis_lines(at.redis_url, redis)))

    work_at(job)


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Check the connection and the schema."""

    async def job(url: str) -> int:
        found = await differences(url)
        if as_json:
            print(json.dumps({"ok": not found, "differences": found}))
        else:
            print("\n".join(found) or "the schema is as the code expects it")
        return FAILED if found else 0

    work(job)


@app.command("seed")
def plant(
    email: Annotated[str | None, typer.Option(help="A person to make a member.")] = None,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    role: Annotated[Role, typer.Option(help="The role of a new member.")] = Role.ADMIN,
) -> None:
    """Make the organization, its status flow and, if asked, a person. Repeatable."""
    if email is not None and "@" not in email.strip("@"):
        raise typer.BadParameter("not an e-mail address", param_hint="--email")

    async def job(sessions: Sessions) -> None:
        slug = Settings().slipway_organization
        await seed(sessions, slug, Newcomer(email, name or email, role) if email else None)
        print(f"organization {slug} is there" + (f", and {email}" if email else ""))

    work(with_sessions(job))


@app.command("reset")
def begin_anew(
    confirm: Annotated[bool, typer.Option("--confirm", help="Yes, delete everything.")] = False,
) -> None:
    """Delete all rows and make the tables anew. Never in production."""
    with failures():
        if Settings().production:
            raise PermanentError("a production database is never reset")
        if not confirm:
            raise PermanentError("this deletes every row; say so with --confirm")

    async def job(url: str) -> None:
        await reset(url)
        print(f"{await _where(url)}, and empty")

    work(job)


@app.command("verify-ledger")
def check_ledger() -> None:
    """Check every hash, and that the tables are what the events make of them."""

    async def job(sessions: Sessions) -> int:
        difference = await verify_ledger(sessions, say)
        print(difference or "the ledger holds, and the tables are what it says")
        return FAILED if difference else 0

    work(with_sessions(job))


@app.command("rebuild")
def make_tables_anew(
    leave_broken: Annotated[
        bool, typer.Option("--leave-broken", help="Make all but those whose events do not hold.")
    ] = False,
) -> None:
    """Make the tables from the events. Changes nothing where an event's hash does not hold."""

    async def job(sessions: Sessions) -> int:
        done = await rebuild(sessions, leave_broken=leave_broken, tell=say)
        if done.broken and not leave_broken:
            print(f"{done.broken[0]}\n{NOT_REBUILT}")
            return FAILED
        for fault in done.broken:
            print(f"left as it is: {fault}")
        print(f"made anew: {done.made}")
        return 0

    work_alone(with_sessions(job))


@app.command("rotate-keys")
def bring_under_newest_key() -> None:
    """Encrypt every stored secret with the first of SLIPWAY_ENCRYPTION_KEYS. Repeatable."""

    async def job(sessions: Sessions) -> None:
        keyring = Keyring.parsed(Settings().slipway_encryption_keys)
        print(f"{await rotate(sessions, keyring)} stored secrets are under the first key")
        say(UNTOLD)

    work_alone(with_sessions(job))


def _kept() -> Ages:
    with failures():
        settings = Settings()
        return Ages.of_days(settings.slipway_webhook_days, settings.slipway_dead_letter_days)


app.command("cleanup")(cleanup_command(lambda job: work_alone(with_sessions(job)), _kept))


def _ask(found: SchemaStatus, to: str) -> None:
    """Outside of an event loop, which would keep Ctrl-C for itself. Raises Abort for a no."""
    say(
        f"Database {found.database} is at {found.revision or 'base'}; this takes it down to {to}. "
        "What goes takes its rows with it, and only a backup brings them back."
    )
    typer.confirm("Go on?", abort=True, err=True)


async def _where(url: str) -> str:
    found = await schema_status(url)
    beyond = ", made by a later version than this one" if found.newer else ""
    return f"the schema is at {found.revision or 'base'}{beyond}"


if __name__ == "__main__":
    with written_out():
        app(prog_name="python -m db")
