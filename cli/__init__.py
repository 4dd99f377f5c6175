"""The starter's commands, and what they print."""
