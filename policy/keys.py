"""The keys that an installation makes for itself: how to get one, and where it belongs."""

ENCRYPTION_KEYS, DECISION_KEY = "SLIPWAY_ENCRYPTION_KEYS", "SLIPWAY_DECISION_KEY"
# README.md and .env.example say the same.
MAKING = {
    ENCRYPTION_KEYS: "openssl rand 32 | base64 | tr '+/' '-_'",
    DECISION_KEY: "openssl rand -hex 32",
}
# For whoever decides from here, with a worker that has one already.
SHARE_DECISION_KEY = f"set {DECISION_KEY} (in .env or the environment) as the worker has it"


def how_to_set(variable: str) -> str:
    """For whoever misses one of those above, or has one that is none."""
    return (
        f"`{MAKING[variable]}` makes one: put it into .env as {variable}=… (or into the "
        "environment of worker, gateway and starter, which share it), and start worker and "
        "gateway anew."
    )
