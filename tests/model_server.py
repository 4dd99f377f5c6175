"""A local server that speaks OpenAI's chat completions: it answers as it is told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from clients.llm.sites import ProviderSite
from contracts.issues import Priority
from contracts.triage import HandlingMode, InternalAction, TicketType, TriageResult

KEY = "sk-the-key-of-the-test"
GOOD = TriageResult(
    priority=Priority.HIGH,
    handling_mode=HandlingMode.REPLY_AND_INTERNAL_FOLLOWUP,
    recommended_internal_action=InternalAction.CHECK_BILLING,
    ticket_type=TicketType.BILLING,
    customer_summary="Was charged twice in May.",
    reply_draft="Thank you. We will check the two charges.",
    confidence=0.9,
)


@dataclass(frozen=True)
class Say:
    """`text` is the model's; `raw` replaces the whole body."""

    text: str = GOOD.model_dump_json()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang: bool = False
    endless: bool = False


@dataclass
class ModelServer:
    """Gives its answers in their turn, then `always`."""

    origin: str = ""
    answers: list[Say] = field(default_factory=list)
    always: Say = field(default_factory=Say)
    heard: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def completions(self, request: Request) -> Response:
        self.heard.append(await request.json())
        self.keys.append(request.headers.get("authorization", ""))
        say = self.answers.pop(0) if self.answers else self.always
        if say.hang:
            await self.over.wait()
        if say.endless:
            return StreamingResponse(self._flood(), media_type="application/json")
        if say.raw is not None or say.status != 200:
            return Response(say.raw or b"{}", say.status, say.headers)
        return JSONResponse(_completion(say.text), headers=say.headers)

    async def _flood(self) -> AsyncIterator[bytes]:
        while not self.over.is_set():
            yield b" " * 2**16
            await asyncio.sleep(0)

    def site(
        self, name: str = "local", patience: timedelta = timedelta(seconds=20)
    ) -> ProviderSite:
        return ProviderSite(name, f"{self.origin}/v1", f"{name}-model", patience, SecretStr(KEY))

    @property
    def told(self) -> str:
        return json.dumps(self.heard, ensure_ascii=False)


def _completion(text: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "whatever",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    listening = socket.create_server(("127.0.0.1", 0))
    models = ModelServer(origin=f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(routes=[Route("/v1/chat/completions", models.completions, methods=["POST"])])
    config = uvicorn.Config(
        app, log_level="warning", log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield models
    finally:
        models.over.set()
        server.should_exit = True
        await running


def refused_origin() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"http://127.0.0.1:{gone.getsockname()[1]}"
