"""Tokens of a model reach its handlers, however many there are and of whatever kind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from headrace.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from headrace.callbacks.taps import OutputTap
from headrace.language_models import GenericFakeChatModel

TOKENS = ["a", " ", "b", " ", "c"]


class Taps:
    """Makes `invoke` stream."""

    def tap_output_iter(self, run_id: Any, output: Iterator[Any]) -> Iterator[Any]:
        return output

    def tap_output_aiter(self, run_id: Any, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        return output


class Sync(Taps, BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.ids: set[Any] = set()

    def on_llm_new_token(self, token: Any, *, chunk: Any, run_id: Any, **about: Any) -> None:
        assert chunk.message.content == token
        self.tokens.append(token)
        self.ids.add((run_id, about["parent_run_id"], *about["tags"]))


class Inline(Sync):
    run_inline = True


class Async(Taps, AsyncCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.ids: set[Any] = set()

    async def on_llm_new_token(self, token: Any, *, chunk: Any, run_id: Any, **about: Any) -> None:
        await asyncio.sleep(0)
        assert chunk.message.content == token
        self.tokens.append(token)
        self.ids.add((run_id, about["parent_run_id"], *about["tags"]))


class AsyncInline(Async):
    run_inline = True


KINDS = [Sync, Inline, Async, AsyncInline]
SETS = [[kind] for kind in KINDS] + [KINDS]


def model() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter(["a b c"]))


@pytest.mark.parametrize("kinds", SETS)
@pytest.mark.parametrize("call", ["invoke", "stream", "ainvoke", "astream"])
def test_each_handler_receives_each_token(kinds: list[Any], call: str) -> None:
    handlers: list[Any] = [kind() for kind in kinds]
    assert all(isinstance(handler, OutputTap) for handler in handlers)
    config: Any = {"callbacks": handlers, "tags": ["t"]}

    async def drain() -> None:
        if call == "ainvoke":
            assert (await model().ainvoke("", config)).content == "a b c"
        else:
            assert "".join([c.content async for c in model().astream("", config)]) == "a b c"

    if call == "invoke":
        assert model().invoke("", config).content == "a b c"
    elif call == "stream":
        assert "".join(c.content for c in model().stream("", config)) == "a b c"
    else:
        asyncio.run(drain())
    for handler in handlers:
        assert handler.tokens == TOKENS
        ((_, parent, *tags),) = handler.ids
        assert (parent, tags) == (None, ["t"])


def failing(base: Any, raises: bool) -> Any:
    class Failing(base):
        raise_error = raises

        def on_llm_new_token(self, token: Any, **about: Any) -> Any:
            if not issubclass(base, Async):
                raise RuntimeError("broken")
            return self.fail()

        async def fail(self) -> None:
            raise RuntimeError("broken")

    return Failing()


@pytest.mark.parametrize("base", KINDS)
@pytest.mark.parametrize("is_async", [False, True])
def test_an_error_of_a_handler_ends_the_run_only_with_raise_error(
    base: Any, is_async: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def invoke(handler: Any) -> Any:
        if is_async:
            return asyncio.run(model().ainvoke("", {"callbacks": [handler]}))
        return model().invoke("", {"callbacks": [handler]})

    assert invoke(failing(base, raises=False)).content == "a b c"
    assert [record.getMessage() for record in caplog.records] == [
        "Error in Failing.on_llm_new_token callback: RuntimeError('broken')"
    ] * len(TOKENS)
    with pytest.raises(RuntimeError, match="broken"):
        invoke(failing(base, raises=True))
