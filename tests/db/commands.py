"""`python -m db`, called within a test."""

import asyncio

from typer.testing import CliRunner, Result

from db.__main__ import app

URLS = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "DATABASE_UNPOOLED_URL", "NEON_DIRECT_URL")
NOBODY = "postgresql://me:s3cret@127.0.0.1:1/nothing"


async def db(*arguments: str) -> Result:
    """In a thread, because a command runs an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
