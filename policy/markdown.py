"""Text from outside, fit to stand in Markdown that a browser shows."""

import html
import re

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def escaped(text: str, limit: int = 120) -> str:
    """One line that is shown as it was written: neither HTML, nor links, nor table cells."""
    line = " ".join(text.split())[:limit]
    return SPECIAL.sub(r"\\\1", html.escape(line, quote=False))
