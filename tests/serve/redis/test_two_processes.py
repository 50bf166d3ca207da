"""Two server processes share the streams of a real Redis server."""

import asyncio
import json
import os
import random
from typing import Any

import httpx

# Forty take a few seconds; a run with HEADRACE_THOROUGH=1 takes the two hundred that are promised.
STREAMS = 200 if os.environ.get("HEADRACE_THOROUGH") else 40
TOKENS = 60


def body(tokens: int) -> dict[str, Any]:
    message = {"role": "user", "content": str(tokens)}
    return {"messages": [message], "resumable": True}


async def read(client: httpx.AsyncClient, url: str, most: int, **request: Any) -> tuple[str, list]:
    """Read up to `most` frames, then drop the connection; return the stream's id and the frames."""
    frames: list[dict[str, Any]] = []
    method = "POST" if "json" in request else "GET"
    async with client.stream(method, url, **request) as response:
        if response.status_code == 204:
            return "", []
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            frame = json.loads(line)
            if frame["type"] == "ping":
                continue
            frames.append(frame)
            if len(frames) == most:
                break
    return response.headers["x-stream-id"], frames


async def follow(client: httpx.AsyncClient, urls: list[str], seed: int) -> list[dict[str, Any]]:
    """Read a stream whose connection is dropped after random numbers of frames."""
    chance = random.Random(seed)
    most = chance.randint(1, 25)
    stream, frames = await read(client, f"{chance.choice(urls)}/chat", most, json=body(TOKENS))
    while frames[-1]["type"] not in ("done", "error", "stopped"):
        url = f"{chance.choice(urls)}/streams/{stream}"
        after = {"after": frames[-1]["seq"]}
        _, more = await read(client, url, chance.randint(1, 25), params=after)
        frames += more
    return frames


async def test_dropped_streams_resume_on_either_process_without_gap_or_repeat(workers):
    urls = [worker.url for worker in workers]
    expected = [f"{number} " for number in range(TOKENS)]
    async with httpx.AsyncClient(timeout=60) as client:
        streams = await asyncio.gather(*(follow(client, urls, seed) for seed in range(STREAMS)))
    for frames in streams:
        assert [frame["seq"] for frame in frames] == list(range(1, TOKENS + 2)), frames[-3:]
        assert [frame["content"] for frame in frames[:-1]] == expected
        assert frames[-1]["type"] == "done"


async def test_either_process_stops_a_run(workers):
    first, second = (worker.url for worker in workers)
    async with httpx.AsyncClient(timeout=60) as client:
        stream, frames = await read(client, f"{first}/chat", 3, json=body(1_000_000))
        stopped = await client.delete(f"{second}/streams/{stream}")
        assert stopped.status_code == 204
        after = {"after": frames[-1]["seq"]}
        _, rest = await read(client, f"{second}/streams/{stream}", 1_000_000, params=after)
        assert rest[-1]["type"] == "stopped"


async def test_either_process_resumes_a_chat_of_the_ai_sdk(workers):
    first, second = (worker.url for worker in workers)
    message = {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "1000000"}]}
    request = {
        "id": "chat-1",
        "messages": [message],
        "trigger": "submit-message",
        "resumable": True,
    }
    async with httpx.AsyncClient(timeout=60) as client:
        async with client.stream("POST", f"{first}/ai-sdk", json=request) as response:
            stream = response.headers["x-stream-id"]
            async for _ in response.aiter_lines():
                break
        url = f"{second}/ai-sdk/chat-1/stream"
        async with client.stream("GET", url) as response:
            assert response.status_code == 200
            assert response.headers["x-stream-id"] == stream
            async for line in response.aiter_lines():
                assert json.loads(line.removeprefix("data: "))["messageId"] == f"msg_{stream}"
                break
        await client.delete(f"{second}/streams/{stream}")
        await read(client, f"{second}/streams/{stream}", 1_000_000)
        assert (await client.get(url)).status_code == 204


async def test_ids_cannot_name_other_keys_of_redis(workers):
    url = workers[0].url
    async with httpx.AsyncClient(timeout=60) as client:
        stream, _ = await read(client, f"{url}/chat", 1, json=body(1))
        for name in (f"{stream}:seen", "chat:chat", f"{stream[:-1]}é"):
            assert (await client.get(f"{url}/streams/{name}")).status_code == 404
            assert (await client.delete(f"{url}/streams/{name}")).status_code == 404
