"""A dry run of people's part of the work: the real workflow, while time is skipped."""
