"""What webhooks cost, from the request to the settled row."""
