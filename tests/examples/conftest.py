"""The site's own example endpoint on a real port, as the examples call it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from django.core.asgi import get_asgi_application

from tests.patience import PATIENCE


@pytest.fixture
async def site() -> AsyncIterator[str]:
    config = uvicorn.Config(
        get_asgi_application(), port=0, ws="none", lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE):
        while not server.started:
            await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
