"""The outside world that is not our stores: agents, git, trackers."""
