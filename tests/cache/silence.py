"""A way to a server whose connections can go dead without a word, as behind a lost NAT entry."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Way:
    """What is connected when it goes silent stays silent; who connects later is served."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._generation = 0
        self._open: list[int] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.port = 0

    @property
    def silent(self) -> int:
        """How many connections that went silent are not given up yet."""
        return sum(generation < self._generation for generation in self._open)

    def go_silent(self) -> None:
        self._generation += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, thither = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, thither}
        generation = self._generation
        await asyncio.gather(
            self._until_given_up(reader, thither, generation),
            self._pump(there, writer, generation),
        )

    def end(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _until_given_up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, generation: int
    ) -> None:
        self._open.append(generation)
        await self._pump(reader, writer, generation)
        self._open.remove(generation)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, generation: int
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(2**16):
                if generation == self._generation:
                    writer.write(piece)
                    await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[Way]:
    way = Way(port)
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    async with server:
        yield way
        way.end()
