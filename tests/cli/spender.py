"""An agent that says what it has used."""

SPENDER = """
import json
print(json.dumps({"progress": {"tokens_in": 400}}))
print(json.dumps({"status": "completed", "summary": "done", "usage": {"tokens_in": 500}}))
"""
