"""Digs a hole that no path is long enough for, and locks it."""

import os
import sys

for _ in range(3000):
    os.mkdir("hole")
    os.chdir("hole")
open("bottom", "w").close()
os.chmod("..", 0o500)
sys.stdout.write('{"status": "completed", "summary": "dug"}')
