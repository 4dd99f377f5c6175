"""The outside world that is not our stores: agents, git, language models, notifiers, HubSpot.

Temporal too, as those see it who start, tell and find workflows: temporal/ alone knows its SDK.
Imports policy/, contracts/ and errors.py, neither db/ nor cache/, and no settings. Activities,
web/, cli/ and the entry points import it.
"""
