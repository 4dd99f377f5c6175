"""The gateway over HTTP: doors for webhooks and Slack, approval pages, health and metrics.

What is taken in is durable before it is answered. Imports activities/ and all below, nothing of
cli/ or stack/, and reaches workflows through clients/. gateway.py and reception.py put it together;
worker.py takes its health and metrics from here.
"""
