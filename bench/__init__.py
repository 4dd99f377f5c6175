"""How fast it is, against references written by hand."""
