"""Language models in their order: who fails often is left alone, bad JSON is mended once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from activities.shared import SharedByAll
from contracts.llm import ChatAnswer, ChatRequest, Reply
from contracts.text import clipped
from errors import PermanentError, RetryLaterError
from policy.model_answers import UnreadableAnswerError, repair

T = TypeVar("T")
LONGEST_PAUSE = timedelta(minutes=5)


class Model(Protocol):
    """One provider, as clients/llm/providers.py opens it."""

    @property
    def name(self) -> str: ...
    async def chat(self, request: ChatRequest) -> ChatAnswer: ...


class NoModelError(PermanentError):
    """No language model is configured, or none of the wanted ones."""


class NoUsableAnswerError(PermanentError):
    """All were asked, and none of them said anything that could be used."""


class ModelsAwayError(RetryLaterError):
    """At least one of them may answer later."""


class LanguageModels:
    """Whoever asks for it waits for one pass over the providers; passes are Temporal's to repeat.
    Breakers and the limit of tokens are shared with all workers."""

    def __init__(self, models: Sequence[Model], shared: SharedByAll) -> None:
        self._models, self._shared = tuple(models), shared

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(model.name for model in self._models)

    async def ask(
        self,
        organization_id: UUID,
        request: ChatRequest,
        read: Callable[[str], T],
        wanted: Sequence[str] | None = None,
    ) -> Reply[T]:
        """The first usable answer, by the order of `wanted`, else by our own. `read` raises
        UnreadableAnswerError. Raises NoModelError, NoUsableAnswerError, ModelsAwayError, whose
        texts name the providers and what was wrong with each."""
        models = self._of(wanted)
        faults: list[tuple[str, PermanentError | RetryLaterError]] = []
        for model in models:
            try:
                return await self._asked(organization_id, model, request, read)
            except UnreadableAnswerError as error:
                faults.append((f"{model.name}: no valid answer, twice: {error}", error))
            except (PermanentError, RetryLaterError) as error:
                faults.append((str(error), error))
        raise _verdict(faults)

    def _of(self, wanted: Sequence[str] | None) -> list[Model]:
        known = {model.name: model for model in self._models}
        names = list(known) if wanted is None else list(wanted)
        found = [known[name] for name in names if name in known]
        if not found:
            asked = ", ".join(names) or "none at all"
            raise NoModelError(f"no language model is configured (asked for: {asked})")
        return found

    async def _asked(
        self, organization_id: UUID, model: Model, request: ChatRequest, read: Callable[[str], T]
    ) -> Reply[T]:
        answer = await self._chat(organization_id, model, request)
        try:
            return Reply(read(answer.text), answer)
        except UnreadableAnswerError as error:
            again = repair(request, answer.text, str(error))
        second = await self._chat(organization_id, model, again)
        both = second.model_copy(
            update={
                "tokens_in": answer.tokens_in + second.tokens_in,
                "tokens_out": answer.tokens_out + second.tokens_out,
            }
        )
        return Reply(read(second.text), both, repaired=True)

    async def _chat(self, organization_id: UUID, model: Model, request: ChatRequest) -> ChatAnswer:
        async with self._shared.of(organization_id).model(model.name, request):
            return await model.chat(request)


def _verdict(faults: Sequence[tuple[str, PermanentError | RetryLaterError]]) -> Exception:
    told = clipped("; ".join(said for said, _ in faults))
    delays = [error.delay for _, error in faults if isinstance(error, RetryLaterError)]
    if delays:
        return ModelsAwayError(told, min(*delays, LONGEST_PAUSE))
    return NoUsableAnswerError(told)
