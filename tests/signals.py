"""Children that hear the signals which what a shell starts in the background is deaf to."""

import signal


def heed() -> None:
    """For the child, before it becomes another program."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
