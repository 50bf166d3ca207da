"""A killed server process or a killed Redis ends streams with an error, and nothing hangs."""

import httpx
import pytest
from tests.serve.redis.conftest import Redis, Worker
from tests.serve.redis.test_two_processes import body, read


async def test_readers_of_a_killed_process_get_an_error(redis, workers):
    victim = Worker(redis)
    async with httpx.AsyncClient(timeout=60) as client:
        stream, frames = await read(client, f"{victim.url}/chat", 3, json=body(1_000_000))
        victim.kill()
        after = {"after": frames[-1]["seq"]}
        # Until the lease of two seconds runs out, the reader waits.
        _, rest = await read(client, f"{workers[0].url}/streams/{stream}", 1_000_000, params=after)
    assert rest[-1]["type"] == "error"
    assert "has ended" in rest[-1]["message"]
    numbers = [frame["seq"] for frame in rest]
    assert numbers == list(range(frames[-1]["seq"] + 1, frames[-1]["seq"] + 1 + len(rest)))


async def test_readers_get_an_error_if_redis_is_killed_and_later_runs_work(tmp_path):
    pytest.importorskip("redis", reason="redis is not installed")
    redis = Redis(tmp_path)
    worker = Worker(redis)
    try:
        async with httpx.AsyncClient(timeout=60) as client:
            lines: list[str] = []
            async with client.stream("POST", f"{worker.url}/chat", json=body(1_000_000)) as answer:
                async for line in answer.aiter_lines():
                    lines.append(line)
                    if len(lines) == 1:
                        redis.kill()
            assert '"type":"error"' in lines[-1]
            assert "unavailable" in lines[-1]
            refused = await client.post(f"{worker.url}/chat", json=body(3))
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert "unavailable" in refused.json()["error"]["message"]
            redis.start()
            _, frames = await read(client, f"{worker.url}/chat", 100, json=body(3))
            assert [frame["type"] for frame in frames] == ["token"] * 3 + ["done"], frames
    finally:
        worker.kill()
        redis.kill()
