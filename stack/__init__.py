"""The embedded stack: real Temporal, Postgres and Valkey, kept while anybody uses them.

Imports contracts/, settings.py, streams.py, faults.py and errors.py, and no other folder of ours.
The entry points, cli/ and `python -m db` ask it where the servers are.
"""
