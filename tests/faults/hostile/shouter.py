"""Says a gigabyte, and then that all is well."""

import os

PIECE = b"x" * 2**20

for _ in range(2**10):
    os.write(1, PIECE)
os.write(1, b'\n{"status": "completed", "summary": "done"}')
