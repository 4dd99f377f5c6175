from decimal import Decimal

from invoices.invoice import Invoice, Line


def line(quantity: str, price: str, vat: str = "0.19") -> Line:
    return Line("work", Decimal(quantity), Decimal(price), Decimal(vat))


def test_an_invoice_without_lines_is_over_nothing() -> None:
    assert Invoice("1", ()).total == Decimal("0.00")


def test_the_total_is_net_and_tax_of_all_lines() -> None:
    invoice = Invoice("1", (line("2", "10.00"), line("1", "5.00", "0.07")))
    assert (invoice.net, invoice.tax) == (Decimal("25.00"), Decimal("4.15"))
    assert invoice.total == Decimal("29.15")


def test_each_line_is_rounded_before_they_are_added() -> None:
    assert Invoice("1", (line("1", "0.333"), line("1", "0.333"))).net == Decimal("0.66")


def test_a_net_amount_on_half_a_cent_is_rounded_away_from_zero() -> None:
    assert line("0.5", "6.25").net == Decimal("3.13")


def test_a_tax_on_half_a_cent_is_rounded_away_from_zero() -> None:
    assert line("1", "1.50").tax == Decimal("0.29")


def test_a_credit_note_gives_back_what_was_charged_to_the_cent() -> None:
    invoice = Invoice("1", (line("0.5", "6.25"), line("3", "1.00")))
    credit_note = invoice.credit_note("2")
    assert credit_note.net == Decimal("-6.13")
    assert credit_note.total + invoice.total == 0
