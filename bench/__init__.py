"""How fast it is, against references written by hand: `python -m bench`.

An entry point: it constructs what it measures, and nobody imports it. docs/benchmarks.md has the
numbers.
"""
