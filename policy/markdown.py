"""Text from outside, fit to stand in Markdown that a browser shows."""

import re

# Temporal's Web UI lets tags through, and escapes what was written as an entity once more. A
# backslash before the sign it reads as CommonMark says (spec.commonmark.org, backslash escapes).
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>&])")


def escaped(text: str, limit: int = 120) -> str:
    """One line that is shown as it was written: neither HTML, nor links, nor table cells."""
    line = " ".join(text.split())[:limit]
    return SPECIAL.sub(r"\\\1", line)
