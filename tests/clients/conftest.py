"""A server on the other end of the line."""

from collections.abc import AsyncIterator

import pytest

from tests.receivers import Receiver, receiving


@pytest.fixture
async def http() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
