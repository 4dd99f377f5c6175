"""What is charged, and what is given back."""

from dataclasses import dataclass, replace
from decimal import Decimal

from invoices.money import rounded


@dataclass(frozen=True)
class Line:
    """`vat` is a rate: 0.19 for nineteen per cent."""

    text: str
    quantity: Decimal
    price: Decimal
    vat: Decimal = Decimal("0.19")

    @property
    def net(self) -> Decimal:
        return rounded(self.quantity * self.price)

    @property
    def tax(self) -> Decimal:
        return rounded(self.net * self.vat)


@dataclass(frozen=True)
class Invoice:
    number: str
    lines: tuple[Line, ...]

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    def credit_note(self, number: str) -> "Invoice":
        """Gives all of it back: the same lines with negative quantities."""
        lines = tuple(replace(line, quantity=-line.quantity) for line in self.lines)
        return Invoice(number, lines)
