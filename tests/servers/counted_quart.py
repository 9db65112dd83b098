"""The Quart app, with one route more: how many tasks its event loop has. Production has no such route."""

import asyncio

from servers.quart_app import app


@app.get("/tasks")
async def tasks() -> dict[str, int]:
    return {"tasks": len(asyncio.all_tasks())}
