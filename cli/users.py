"""`users add`, `link`, `list`, `role`: people, their roles, and their accounts elsewhere."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from cli.accounts import account, remark
from cli.audit import Edit, keep
from cli.context import Desk, at_desk
from cli.exits import DONE, WrongUseError
from cli.options import As, AsJson, one_of, who_am_i
from cli.terminal import output, plain, say
from contracts.identity import Role
from db.identity import Organizations, People


def email(value: str) -> str:
    """Raises WrongUseError."""
    found = value.strip()
    if re.fullmatch(r"[^\s@:]{1,200}@[^\s@]{1,200}", found) is None or not found.isprintable():
        raise WrongUseError(f"{plain(value, 80)!r} is not an e-mail address.")
    return found


Email = Annotated[str, typer.Argument(metavar="EMAIL", callback=email)]
RoleName = Annotated[Role, typer.Argument(metavar="ROLE", parser=one_of(Role, "a role"))]
WithRole = Annotated[Role, typer.Option("--role", metavar="ROLE", parser=one_of(Role, "a role"))]
Name = Annotated[str, typer.Option("--name", metavar="TEXT", help="As people call them.")]
AccountText = Annotated[str, typer.Argument(metavar="PROVIDER:ACCOUNT")]
Move = Annotated[bool, typer.Option("--move", help="Take it from whoever has it.")]


@dataclass(frozen=True)
class Said:
    """For the audit log, and to whoever asked."""

    by: str | None
    action: str
    payload: dict[str, Any]
    remark: str | None = None


@dataclass(frozen=True)
class Done:
    """In words; `found` is for the audit log, and known only once it is done."""

    words: str
    found: dict[str, Any] = field(default_factory=dict)


Change = Callable[[People], Awaitable[Done]]


def add(
    context: typer.Context,
    address: Email,
    role: WithRole = Role.DEVELOPER,
    name: Name = "",
    by: As = None,
) -> None:
    """Make somebody a member. Who is one keeps their role: see `users role`."""

    async def change(people: People) -> Done:
        await people.ensure(address, name or address.partition("@")[0], role)
        return Done(f"{plain(address)} is a member")

    _change(context, change, Said(by, "users:add", {"person": address, "role": role}))


def link(
    context: typer.Context,
    address: Email,
    text: AccountText,
    move: Move = False,
    by: As = None,
) -> None:
    """Say whose an account elsewhere is. One that is somebody else's stays so without --move."""
    linked = account(text)

    async def change(people: People) -> Done:
        taken_from = await people.link(address, linked, move=move)
        words = f"{linked.provider}:{plain(linked.external_id)} is {plain(address)}"
        if not taken_from:
            return Done(words)
        were = " and ".join(f"{plain(one)}'s" for one in taken_from)
        return Done(f"{words}; was {were} until now", {"taken_from": list(taken_from)})

    told = {"person": address, "account": f"{linked.provider}:{linked.external_id}"}
    _change(context, change, Said(by, "users:link", told, remark(linked)))


def role(context: typer.Context, address: Email, wanted: RoleName, by: As = None) -> None:
    """Give somebody another role. It counts from their next decision on."""

    async def change(people: People) -> Done:
        await people.set_role(address, wanted)
        return Done(f"{plain(address)} is {wanted.lower()}")

    _change(context, change, Said(by, "users:role", {"person": address, "role": wanted}))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All members."""

    async def job(desk: Desk) -> int:
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            rows = await People(session, id).all()
        if as_json:
            print(json.dumps([row.model_dump(mode="json") for row in rows]))
            return DONE
        for row in rows:
            left = "" if row.active else "  (has left)"
            output().print(f"{row.role:<9}  {plain(row.email)}  {plain(row.name)}{left}")
            for one in row.accounts:
                output().print(f"           {one.provider}:{plain(one.external_id)}")
        return DONE

    at_desk(context, job)


def _change(context: typer.Context, change: Change, said: Said) -> None:
    async def job(desk: Desk) -> int:
        me = who_am_i(desk.settings, said.by)
        async with desk.sessions.begin() as session:
            id = await Organizations(session).ensure(desk.organization, desk.organization)
            done = await change(People(session, id))
            about = ("organization", id)
            await keep(session, desk, Edit(me, said.action, about, said.payload | done.found))
        output().print(done.words)
        if said.remark is not None:
            say(said.remark)
        return DONE

    at_desk(context, job)
