"""What runs ended with."""

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError, FailureError

from tests.workflows.office import Handle


async def ending_of(handle: Handle) -> type[BaseException]:
    """What a run that did not complete ended with: the kind of it."""
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    return type(failure.value.cause)


async def failure_of(handle: Handle) -> ApplicationError:
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    cause: BaseException | None = failure.value.cause
    while isinstance(cause, FailureError) and not isinstance(cause, ApplicationError):
        cause = cause.cause
    assert isinstance(cause, ApplicationError), failure.value.cause
    return cause
