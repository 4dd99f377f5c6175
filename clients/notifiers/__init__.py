"""One module for each way to reach people; docs/adr/0009-notification-libraries.md says why so."""
