"""The starter's commands, and what they print.

catalogue.py lists them all; each is loaded when it is called (docs/adr/0020). May import every
folder. Only the entry points and bench/ import it.
"""
