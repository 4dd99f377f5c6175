"""What Postgres keeps, with one class of queries per family, and `python -m db`.

models/ has the tables, projections/ fills those that are made of events. Query classes never
commit: the caller owns the transaction. Imports policy/, contracts/ and errors.py; only the command
(__main__.py, console.py, redis_beside.py) knows settings, stack/ and cache/. Workflows never
import it.
"""
