"""Text from outside, as a language model is shown it."""

import unicodedata
from hashlib import sha256

JOINERS = "\u200c\u200d"


def fenced(about: str, data: str) -> tuple[str, str, str, str]:
    """What `about` says of the text, with the fence in place of its `{fence}`; the fence; the
    text; the fence again. The text cannot know its fence, and so cannot close it."""
    fence = f"=== {sha256(data.encode()).hexdigest()[:16]} ==="
    return about.format(fence=fence), fence, data, fence


def visible(text: str) -> str:
    """Without what nobody sees and a model reads: zero-width, bidirectional and tag characters.
    The two joiners stay, for Persian, Hindi and emoji are written with them."""
    return "".join(
        letter
        for letter in text
        if letter in JOINERS or unicodedata.category(letter) not in ("Cf", "Co", "Cs")
    )
