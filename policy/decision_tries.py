"""How often people may try to decide, or to raise a budget: each of them, and all together."""

from collections import Counter
from collections.abc import Iterable

from policy.decision_signatures import Said


class Tries:
    """Counted by the name that is said, and apart for those that bring a signature: whoever has
    none uses up nobody's who has, in whoever's name they speak. Whether a signature is genuine
    only the look-up tells, which is what is bounded here: made-up ones count as signed."""

    def __init__(self, most: int, each: int, made: Iterable[Said] = ()) -> None:
        self._most, self._each = most, each
        self._made = Counter(map(_whose, made))

    def count(self, said: Said) -> None:
        self._made[_whose(said)] += 1

    def used_up(self, said: Said) -> bool:
        signed, _ = mine = _whose(said)
        together = sum(times for (other, _), times in self._made.items() if other == signed)
        return self._made[mine] >= self._each or together >= self._most


def _whose(said: Said) -> tuple[bool, str]:
    return said.signature is not None, said.by.lower()
