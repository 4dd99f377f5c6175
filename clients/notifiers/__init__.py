"""One module for each way to reach people, and by which library: docs/adr/0009."""
