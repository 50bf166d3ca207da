"""The names of one library, and models that say on it what the guides show."""

import functools
import importlib
import inspect
import warnings
from typing import Any

from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessageChunk

MODULES = (
    "callbacks",
    "documents",
    "embeddings",
    "language_models",
    "messages",
    "output_parsers",
    "prompts",
    "retrievers",
    "runnables",
    "tools",
    "vectorstores",
)


class Kit:
    """A library's public names as attributes, whichever of its modules has them."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.is_ours = package == "headrace"
        self.modules = [importlib.import_module(f"{package}.{name}") for name in MODULES]

    def __getattr__(self, name: str) -> Any:
        for module in self.modules:
            found = getattr(module, name, None)
            if found is not None and not inspect.ismodule(found):
                return found
        raise AttributeError(name)

    def says(self, *answer: Any, **fields: Any) -> Any:
        """Make a model that streams an answer: a text or a message, or pieces of text or chunks.

        The one of the reference has the same name and is cut in the same way.
        """
        script = ReplayChatModel(*answer, **fields)
        return script if self.is_ours else self._replaying(script=script)

    def says_as(self, name: str, mixin: type[Any], *answer: Any) -> Any:
        """Make such a model of a class of its own, with more methods."""
        plain = self.says(*answer)
        kind = type(name, (mixin, type(plain)), {"__module__": __name__})
        return kind(plain.text) if self.is_ours else kind(script=plain.script)

    def turns(self, *answers: Any) -> Any:
        """Make a model that gives one answer after another."""
        return self.says(responses=list(answers))

    @functools.cached_property
    def _replaying(self) -> Any:
        generation = importlib.import_module(f"{self.package}.outputs")
        convert = importlib.import_module(f"{self.package}.utils.function_calling")

        def chunks(model: Any) -> list[Any]:
            return [
                generation.ChatGenerationChunk(message=self.AIMessageChunk(**fields_of(chunk)))
                for chunk in model.script._chunks()
            ]

        def generate(self: Any, messages: Any, stop: Any = None, *_: Any, **kwargs: Any) -> Any:
            first, *rest = chunks(self)
            whole = first + rest if rest else first
            done = generation.ChatGeneration(message=kit.message_chunk_to_message(whole.message))
            return generation.ChatResult(generations=[done])

        def stream(self: Any, messages: Any, stop: Any = None, *_: Any, **kwargs: Any) -> Any:
            yield from chunks(self)

        async def astream(self: Any, messages: Any, stop: Any = None, **kwargs: Any) -> Any:
            for chunk in chunks(self):
                yield chunk

        def bind_tools(self: Any, tools: Any, **kwargs: Any) -> Any:
            return self.bind(tools=[convert.convert_to_openai_tool(tool) for tool in tools])

        kit = self
        body = {
            "__module__": __name__,
            "__annotations__": {"script": Any},
            "_generate": generate,
            "_stream": stream,
            "_astream": astream,
            "_llm_type": property(lambda self: "replay-chat-model"),
            "bind_tools": bind_tools,
        }
        return type("ReplayChatModel", (self.BaseChatModel,), body)


def fields_of(chunk: AIMessageChunk) -> dict[str, Any]:
    """Give what the same chunk of another library is made of."""
    fields = chunk.model_dump()
    names = ("content", "additional_kwargs", "response_metadata", "usage_metadata", "id")
    given = {name: fields[name] for name in (*names, "tool_call_chunks", "chunk_position")}
    return {name: value for name, value in given.items() if value} | {"content": chunk.content}


async def collected(stream: Any) -> list[Any]:
    """Give what an async stream gives; the reference says of some that they are old."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [item async for item in stream]


def texts(events: list[Any], event: str) -> str:
    """Give the texts of the chunks of one kind of event, joined with `|`."""
    return "|".join(one["data"]["chunk"].content for one in events if one["event"] == event)


LIBRARIES = (Kit("langchain_core"), Kit("headrace"))
