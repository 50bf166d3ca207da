"""Each difference of ChatAnthropic that docs/differences.md lists, on both libraries."""

import asyncio
import json
import warnings
from collections.abc import Callable
from typing import Any

import langchain_core.exceptions
import langchain_core.messages
import pytest
from tests.differences import check_table
from tests.providers.anthropic_kit import HELLO, block, call, ended, ours, started, text, theirs
from tests.replay_server import Answer, ReplayServer, sse

import headrace.exceptions
import headrace.messages

MODULES: dict[Any, tuple[Any, Any]] = {
    ours: (headrace.messages, headrace.exceptions),
    theirs: (langchain_core.messages, langchain_core.exceptions),
}
Make = Callable[..., Any]


def failing(make: Make, answer: Answer, **fields: Any) -> Any:
    """What a stream fails with, if it does."""
    with ReplayServer(answer=lambda _: answer) as server:
        model = make(server.url, max_retries=0, **fields)
        try:
            list(model.stream("Hi"))
        except Exception as error:
            return error
        finally:
            model._client.close()
    return None


def is_model_error(make: Make, error: Any) -> bool:
    return isinstance(error, MODULES[make][1].ModelError)


def broken_connection(make: Make) -> bool:
    return is_model_error(make, failing(make, Answer(sse(HELLO), drop_after=3)))


def slow_stream(make: Make) -> bool:
    return is_model_error(make, failing(make, Answer(sse(HELLO), hang_after=3), timeout=0.5))


def error_in_mid_stream(make: Make) -> bool:
    events = [*HELLO[:3], {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}]
    return is_model_error(make, failing(make, Answer.streaming(events)))


def missing_key(make: Make) -> str:
    model = make("http://127.0.0.1:9", max_retries=0, api_key="")
    try:
        list(model.stream("Hi"))
    except Exception as error:
        return type(error).__name__
    return ""


def other_statuses(make: Make) -> bool:
    error = {"type": "error", "error": {"type": "request_too_large", "message": "x"}}
    return is_model_error(make, failing(make, Answer.whole(error, status=413)))


def tokens_read(make: Make) -> int:
    told = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    events = [started(), *text(0, "Hi"), {**told, "usage": {"output_tokens": 7}}]
    with ReplayServer(events) as server:
        model = make(server.url)
        chunks = list(model.stream("Hi"))
        model._client.close()
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    return int(total.usage_metadata["input_tokens"])


def unexpected_tools(make: Make) -> int:
    with ReplayServer([started(), *call(0, "t", "f", "{}"), *ended()]) as server:
        model = make(server.url)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            list(model.stream("Hi"))
        model._client.close()
    return len([one for one in caught if "tool content block" in str(one.message)])


def another_loop(make: Make) -> bool:
    with ReplayServer(HELLO) as server:
        model = make(server.url)
        clients = []

        async def go() -> None:
            clients.append(model._async_client)

        for _ in range(2):
            asyncio.run(go())
    return clients[0] is clients[1]


def key_in_a_header(make: Make) -> bool:
    model = make("http://127.0.0.1", default_headers={"Authorization": "Bearer secret-key"})
    return "secret-key" in repr(model) + json.dumps(model.to_json(), default=str)


def gateway(make: Make) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGSMITH_GATEWAY", "https://gateway.example.com")
        return str(make(None, api_key="k").anthropic_api_url)


def user_agent(make: Make) -> str:
    with ReplayServer(HELLO) as server:
        model = make(server.url)
        list(model.stream("Hi"))
        model._client.close()
        return server.requests[0].headers["user-agent"].split("/")[0]


def message_of_no_side(make: Make) -> str:
    message = MODULES[make][0].ChatMessage(content="Hi", role="judge")
    try:
        make("http://127.0.0.1")._get_request_payload([message])
    except Exception as error:
        return type(error).__name__
    return ""


def names_of_profiles(make: Make) -> bool:
    return "release_date" in make("http://127.0.0.1").profile


def begun_whole(make: Make) -> Any:
    """Not a difference: what every stream above has in common is the same."""
    with ReplayServer([started(), *block(0, {"type": "text", "text": "Hi"}), *ended()]) as server:
        model = make(server.url)
        said = [chunk.content for chunk in model.stream("Hi")]
        model._client.close()
    return said


DIFFERENCES: dict[str, tuple[Callable[[Make], Any], Any, Any]] = {
    "broken-connection": (broken_connection, False, True),
    "slow-stream": (slow_stream, False, True),
    "error-in-mid-stream": (error_in_mid_stream, False, True),
    "missing-key": (missing_key, "AnthropicConnectionError", "MissingKeyError"),
    "other-statuses": (other_statuses, False, True),
    "tokens-said-once": (tokens_read, 0, 5),
    "unexpected-tools": (unexpected_tools, 1, 0),
    "event-loops": (another_loop, True, False),
    "keys-in-headers": (key_in_a_header, True, False),
    "no-gateway": (
        gateway,
        "https://gateway.example.com/anthropic",
        "https://api.anthropic.com",
    ),
    "user-agent": (user_agent, "langchain-anthropic", "headrace"),
    "message-of-no-side": (message_of_no_side, "KeyError", "ValueError"),
    "dates-of-models": (names_of_profiles, True, False),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    scenario, reference, here = DIFFERENCES[name]
    assert (scenario(theirs), scenario(ours)) == (reference, here)


def test_what_is_the_same() -> None:
    assert begun_whole(ours) == begun_whole(theirs) == ["", "Hi", ""]


def test_the_page_lists_them() -> None:
    check_table("ChatAnthropic", __file__, DIFFERENCES)
