"""A server process whose streams are kept in Redis: `worker.py URL`. It prints its port.

Its runnable counts: the message `30` is answered by thirty tokens, with a pause after each.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator

import uvicorn

from headrace.runnables import RunnableGenerator
from headrace.serve import create_app
from headrace.serve.redis_log import RedisLog


async def count(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    async for text in texts:
        for number in range(int(text)):
            yield f"{number} "
            await asyncio.sleep(0.002)


def serve(url: str) -> None:
    app = create_app(RunnableGenerator(count), log=RedisLog(url, lease=2))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    asyncio.run(uvicorn.Server(uvicorn.Config(app, log_level="error")).serve([listener]))


if __name__ == "__main__":
    serve(sys.argv[1])
