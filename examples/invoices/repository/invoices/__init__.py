"""Invoices, credit notes and their totals."""
