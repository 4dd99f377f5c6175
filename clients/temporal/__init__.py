"""Temporal as a server: the connection, and a class for each kind of workflow that is started."""
