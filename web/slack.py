"""`POST /slack/interactions`: buttons on requests for approval, and the form that asks why.

Slack waits 3 s, so what decides is only kept here, as any delivery is; the person hears of the
outcome afterwards: https://docs.slack.dev/interactivity/handling-user-interaction"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.webhooks import WebhookSource
from policy.forms import FORM
from policy.payloads import Payload
from policy.signatures import SignedRequest, authentic, fresh
from policy.slack_forms import form_errors, needs_words, pressed_in
from policy.strict_json import UnreadableError, read_json
from web.bodies import MIB, Bodies, TurnedAwayError, check_form
from web.callers import Callers
from web.entrances import Door, Entrances
from web.keeping import Keeper
from web.refusals import refusal, unauthorised
from web.refused_deliveries import RefusedDeliveries
from web.slack_answers import Press, SlackAnswers
from web.slack_deliveries import delivery_of
from web.webhooks import signed_request

PATH = "slack"
"""Of the endpoint whose secret is the signing secret of the app in Slack; with a project's key
behind it where there are several apps."""


@dataclass(frozen=True)
class Heard:
    """`kept`: the row's id and the workflow's; None where words are missing."""

    press: Press
    kept: tuple[str, str] | None = None


@dataclass(frozen=True)
class SlackInteractions:
    entrances: Entrances
    callers: Callers
    keeper: Keeper
    answers: SlackAnswers
    bodies: Bodies = field(default_factory=Bodies)
    refused: RefusedDeliveries = field(default_factory=RefusedDeliveries)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def routes(self) -> list[Route]:
        return [
            Route("/slack/interactions", self.hear, methods=["POST"]),
            Route("/slack/interactions/{project}", self.hear, methods=["POST"]),
        ]

    async def hear(self, request: Request) -> Response:
        try:
            async with self.bodies.reading(request, MIB) as body:
                signed = signed_request(request, body)
                check_form(signed.headers, FORM)
                await self.callers.admit(request)
                project = request.path_params.get("project")
                door = await self.entrances.at(f"{PATH}/{project}" if project else PATH)
                self._verify(door, signed)
                self.entrances.note(door)
                heard = await self._taken_in(door, signed)
        except TurnedAwayError as refused:
            return refusal(refused)
        # Slack's own servers may take their time: the body's place is somebody else's by now.
        return await self._answer(heard) if heard is not None else Response(status_code=200)

    def _verify(self, door: Door, signed: SignedRequest) -> None:
        """Never unsigned, not even for development: Slack always signs."""
        source = WebhookSource.SLACK
        if door.entrance.source is not source:
            raise unauthorised()
        known = authentic(source, signed, door.secrets)
        if not known or not fresh(source, signed, self.clock()):
            self.refused.unsigned(door, signed, authentic=known)
            raise unauthorised()

    async def _taken_in(self, door: Door, signed: SignedRequest) -> Heard | None:
        """What decides nothing yet is not kept. None where there is nothing to say."""
        written = _payload_of(signed.body)
        try:
            payload = Payload(read_json(written))
        except UnreadableError as error:
            await self._keep(door, written, Payload({}), str(error))
            return None
        pressed = pressed_in(payload)
        if pressed is not None and needs_words(pressed):
            return Heard(Press(door.entrance, pressed, payload))
        kept = await self._keep(door, written, payload)
        return Heard(Press(door.entrance, pressed, payload), kept) if pressed is not None else None

    async def _answer(self, heard: Heard) -> Response:
        if heard.kept is not None:
            self.answers.follow(heard.press, *heard.kept)
        elif heard.press.payload.line("type") == "view_submission":
            return JSONResponse(form_errors())
        else:
            await self.answers.ask_why(heard.press)
        return Response(status_code=200)

    async def _keep(
        self, door: Door, written: bytes, payload: Payload, unreadable: str | None = None
    ) -> tuple[str, str]:
        """The row's id and the workflow's."""
        received = delivery_of(door.entrance, written, payload, self.clock())
        if unreadable is not None:
            received = received.model_copy(update={"unreadable": unreadable})
        (receipt,) = await self.keeper.keep([received])
        return receipt.id, received.workflow_id


def _payload_of(body: bytes) -> bytes:
    """The form's one field. Raises TurnedAwayError for anything else: Slack sends nothing else."""
    try:
        (written,) = parse_qs(body.decode("ascii"), max_num_fields=10)["payload"]
    except (ValueError, KeyError):
        raise TurnedAwayError(400, "send a form with one payload") from None
    return written.encode("utf-8", "replace")
