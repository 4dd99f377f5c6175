"""What the workflows do in the outside world: one repeatable effect per method.

A class for each outside thing, and the interceptors around all of them: interceptor.py alone tells
Temporal what kind an error is. Imports clients/, db/, cache/, policy/, contracts/ and errors.py,
and no settings: composition.py and services.py construct them.
"""
