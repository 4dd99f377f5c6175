"""The commands under `webhooks`: what came in, what became of it, and the doors that it came by."""
