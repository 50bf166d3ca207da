"""Models to run on both libraries, and what is heard of their runs, made comparable."""

import re
from copy import deepcopy
from importlib import import_module
from types import SimpleNamespace
from typing import Any

MODULES = {
    "base": "language_models.base",
    "chat": "language_models.chat_models",
    "llms": "language_models.llms",
    "fakes": "language_models.fake_chat_models",
    "fake_llms": "language_models.fake",
    "ms": "messages",
    "out": "outputs",
    "pv": "prompt_values",
    "caches": "caches",
    "globals": "globals",
    "callbacks": "callbacks",
    "r": "runnables",
    "history": "runnables.history",
    "stores": "chat_history",
    "rate": "rate_limiters",
}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Kit(SimpleNamespace):
    """A library's modules, and models of its classes."""

    def __init__(self, package: str) -> None:
        named = {name: import_module(f"{package}.{path}") for name, path in MODULES.items()}
        super().__init__(package=package, **named)

    def chunk(self, content: Any = "", info: Any = None, **fields: Any) -> Any:
        message = self.ms.AIMessageChunk(content=content, **fields)
        return self.out.ChatGenerationChunk(message=message, generation_info=info)

    def model(self, **own: Any) -> type[Any]:
        """A chat model class with some methods, as users write one."""
        kit = self

        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            message = kit.ms.AIMessage(content=f"{messages[-1].content}|{stop}|{sorted(kwargs)}")
            return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=message)])

        body = {
            "__module__": __name__,
            "_generate": generate,
            "_llm_type": property(lambda self: "mine"),
            **own,
        }
        return type("ChatMine", (self.chat.BaseChatModel,), body)

    def streaming(self, chunks: Any, **own: Any) -> type[Any]:
        """A chat model class whose stream is what `chunks(kit)` gives."""
        kit = self

        def stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield from chunks(kit)

        return self.model(_stream=stream, **own)

    def text_model(self, **own: Any) -> type[Any]:
        """A text model class with some methods."""
        body = {
            "__module__": __name__,
            "_call": lambda self, prompt, stop=None, run_manager=None, **kwargs: f"{prompt}|{stop}",
            "_llm_type": property(lambda self: "mine"),
            **own,
        }
        return type("MineLLM", (self.llms.LLM,), body)

    def ear(self, *, is_async: bool = False, **attributes: Any) -> Any:
        """A handler that keeps what it hears of models."""
        heard: list[Any] = []

        def hears(event: str) -> Any:
            def hear(self: Any, *args: Any, **kwargs: Any) -> None:
                metadata = kwargs.get("metadata")
                if metadata is not None:
                    kwargs["metadata"] = {k: v for k, v in metadata.items() if k != "lc_versions"}
                if "token" in kwargs:
                    args = (kwargs.pop("token"), *args)
                if event.endswith("start"):
                    args = (args[0] and {**args[0], "repr": None, "id": None}, *args[1:])
                # the reference changes what it told of once the cache gives it again
                args = tuple(deepcopy(arg) if event == "on_llm_end" else arg for arg in args)
                heard.append((event, args, kwargs))

            async def ahear(self: Any, *args: Any, **kwargs: Any) -> None:
                hear(self, *args, **kwargs)

            return ahear if is_async else hear

        kind = "AsyncCallbackHandler" if is_async else "BaseCallbackHandler"
        events = ("on_chat_model_start", "on_llm_start", "on_llm_new_token")
        members = {name: hears(name) for name in (*events, "on_llm_end", "on_llm_error")}
        members = {**members, **attributes}
        body = {name: value for name, value in members.items() if value is not None}
        handler = type("Ear", (getattr(self.callbacks, kind),), body)()
        handler.heard = heard
        return handler


def plain(value: Any, ids: dict[str, int] | None = None) -> Any:
    """Give what both libraries should agree on; ids are numbered by first appearance."""
    ids = {} if ids is None else ids

    def numbered(match: re.Match[str]) -> str:
        return f"#{ids.setdefault(match[0], len(ids))}"

    if isinstance(value, dict):
        return {plain(key, ids): plain(item, ids) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, ids) for item in value]
    if isinstance(value, BaseException):
        return (type(value).__name__, plain(str(value), ids))
    if isinstance(value, (int, float, bool, type(None))):
        return value
    text = value if isinstance(value, str) else repr(value)
    return _ID.sub(numbered, text.replace("langchain_core", "headrace"))


def outcome(func: Any) -> Any:
    """Give what a call gives, or raises."""
    try:
        return func()
    except Exception as error:
        return error


async def aoutcome(awaitable: Any) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return error


async def listed(stream: Any) -> list[Any]:
    """Give the items of an async stream, and the error that ended it."""
    items: list[Any] = []
    try:
        async for item in stream:
            items.append(item)
    except Exception as error:
        items.append(error)
    return items


def drained(stream: Any) -> list[Any]:
    """Give the items of a stream, and the error that ended it."""
    items: list[Any] = []
    try:
        for item in stream:
            items.append(item)
    except Exception as error:
        items.append(error)
    return items
