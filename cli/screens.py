"""Where a watched story is shown: live on a terminal, line by line elsewhere, or as JSON."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cli.events import QUIET, line_of
from cli.pages import progress, what_to_do
from cli.story import Story
from cli.terminal import output
from contracts.ledger import ChainedEvent


class Screen(Protocol):
    def __enter__(self) -> object: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        """`fresh` are the events that were not there the last time."""
        ...

    def still(self) -> AbstractContextManager[object]:
        """While inside, nothing moves: somebody is asked something."""
        ...


class _Page:
    """Renders itself anew with every refresh, so that clocks run between looks."""

    def __init__(self) -> None:
        self.story: Story | None = None
        self._spinner = Spinner("dots")

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        if self.story is None:
            self._spinner.update(text=Text("waits to be opened"))
            yield self._spinner
            return
        yield from progress(self.story, datetime.now(UTC), options.max_width)
        if self.story.awaited is None and not self.story.status.terminal:
            self._spinner.update(text=Text("at work", "dim"))
            yield self._spinner


class LiveScreen:
    def __init__(self) -> None:
        self._page = _Page()
        self._live = self._new()

    def __enter__(self) -> "LiveScreen":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        self._page.story = story

    def still(self) -> "_Still":
        return _Still(self)

    def stop(self) -> None:
        self._live.refresh()
        self._live.stop()

    def go_on(self) -> None:
        self._live = self._new()
        self._live.start()

    def _new(self) -> Live:
        # Gone at its end: whoever watched prints what came of it.
        console = Console(markup=False, highlight=False, emoji=False)
        return Live(
            self._page,
            console=console,
            refresh_per_second=8,
            transient=True,
            # Remarks are shown above what moves, but never go astray from a file they were sent to.
            redirect_stderr=sys.stderr is not None and sys.stderr.isatty(),
        )


class _Still:
    def __init__(self, screen: LiveScreen) -> None:
        self._screen = screen

    def __enter__(self) -> None:
        self._screen.stop()

    def __exit__(self, *_: object) -> None:
        self._screen.go_on()


class LineScreen:
    """One line an event, and one for each time somebody is awaited, unless that is done here."""

    def __init__(self, *, advise: bool = True) -> None:
        self._console, self._advise = output(), advise
        self._awaited: datetime | None = None

    def __enter__(self) -> "LineScreen":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        for event in fresh:
            if event.event.type not in QUIET:
                self._console.print(line_of(event))
        since = story.awaited.since if story.awaited else None
        if self._advise and since is not None and since != self._awaited:
            self._console.print(f"{'':14}{what_to_do(story)}")
        self._awaited = since

    def still(self) -> AbstractContextManager[object]:
        return nullcontext()


class JsonScreen(LineScreen):
    """Every event as one JSON object on a line of its own."""

    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        for event in fresh:
            print(json.dumps(event.model_dump(mode="json")), flush=True)


class SilentScreen(LineScreen):
    def show(self, story: Story, fresh: list[ChainedEvent]) -> None:
        pass
