"""The same objects, made of the classes of headrace or of LangChain."""

import importlib
from collections.abc import Callable
from typing import Any


class Library:
    """Access to a library's names by their LangChain path, such as `messages.AIMessage`."""

    def __init__(self, package: str) -> None:
        self.package = package

    def __getattr__(self, module: str) -> Any:
        return importlib.import_module(f"{self.package}.{module}")


def _sequence(lib: Library) -> Any:
    return _template(lib) | lib.output_parsers.StrOutputParser()


def _template(lib: Library) -> Any:
    return lib.prompts.PromptTemplate.from_template("hi {a}")


def _chat(lib: Library) -> Any:
    return lib.prompts.ChatPromptTemplate.from_messages(
        [
            ("system", "s {a}"),
            ("human", [{"type": "text", "text": "{b}"}, {"type": "image_url", "image_url": "{u}"}]),
            ("placeholder", "{c}"),
            lib.messages.HumanMessage("fixed"),
            lib.prompts.ChatMessagePromptTemplate.from_template("x {q}", role="critic"),
        ]
    )


USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
CALL = {"name": "f", "args": {"lc": 1, "x": [1]}, "id": "1"}
CHUNK = {"name": "f", "args": "{", "id": "1", "index": 0}

OBJECTS: dict[str, Callable[[Library], Any]] = {
    "AIMessage": lambda lib: lib.messages.AIMessage(
        "hi", id="x", tool_calls=[CALL], usage_metadata=USAGE
    ),
    "AIMessageChunk": lambda lib: lib.messages.AIMessageChunk(content="", tool_call_chunks=[CHUNK]),
    "HumanMessage": lambda lib: lib.messages.HumanMessage("hi", additional_kwargs={"lc": 1}),
    "HumanMessageChunk": lambda lib: lib.messages.HumanMessageChunk(content="hi"),
    "SystemMessage": lambda lib: lib.messages.SystemMessage("hi"),
    "SystemMessageChunk": lambda lib: lib.messages.SystemMessageChunk(content="hi"),
    "ToolMessage": lambda lib: lib.messages.ToolMessage("hi", tool_call_id="1", artifact={"x": 1}),
    "ToolMessageChunk": lambda lib: lib.messages.ToolMessageChunk(content="hi", tool_call_id="1"),
    "FunctionMessage": lambda lib: lib.messages.FunctionMessage("hi", name="f"),
    "ChatMessage": lambda lib: lib.messages.ChatMessage("hi", role="r"),
    "ChatMessageChunk": lambda lib: lib.messages.ChatMessageChunk(content="hi", role="r"),
    "RemoveMessage": lambda lib: lib.messages.RemoveMessage(id="x"),
    "Document": lambda lib: lib.documents.Document("text", metadata={"lc": 2, "a": 1}, id="d"),
    "Generation": lambda lib: lib.outputs.Generation(text="x"),
    "GenerationChunk": lambda lib: lib.outputs.GenerationChunk(text="x", generation_info={"a": 1}),
    "ChatGeneration": lambda lib: lib.outputs.ChatGeneration(message=lib.messages.AIMessage("x")),
    "ChatGenerationChunk": lambda lib: lib.outputs.ChatGenerationChunk(
        message=lib.messages.AIMessageChunk(content="x")
    ),
    "PromptTemplate": lambda lib: lib.prompts.PromptTemplate.from_template("{a}{b}").partial(b="3"),
    "ChatPromptTemplate": _chat,
    "DictPromptTemplate": lambda lib: lib.prompts.ChatPromptTemplate.from_messages(
        [("human", [{"type": "file", "data": "a {x}"}])]
    ),
    "FewShotPromptWithTemplates": lambda lib: lib.prompts.FewShotPromptWithTemplates(
        examples=[{"a": "1"}],
        example_prompt=_template(lib),
        suffix=lib.prompts.PromptTemplate.from_template("{b}"),
        input_variables=["b"],
    ),
    "StringPromptValue": lambda lib: lib.prompt_values.StringPromptValue(text="x"),
    "ChatPromptValue": lambda lib: lib.prompt_values.ChatPromptValue(
        messages=[lib.messages.HumanMessage("y")]
    ),
    "StrOutputParser": lambda lib: lib.output_parsers.StrOutputParser(),
    "CommaSeparatedListOutputParser": lambda lib: (
        lib.output_parsers.CommaSeparatedListOutputParser()
    ),
    "RunnableSequence": _sequence,
    "RunnableSequence of 3": lambda lib: _sequence(lib) | lib.output_parsers.StrOutputParser(),
    "RunnableParallel": lambda lib: lib.runnables.RunnableParallel(
        a=_template(lib), b=_sequence(lib)
    ),
    "RunnablePassthrough": lambda lib: lib.runnables.RunnablePassthrough(),
    "RunnableAssign": lambda lib: lib.runnables.RunnablePassthrough.assign(x=_template(lib)),
    "RunnablePick": lambda lib: lib.runnables.RunnablePick(["a", "b"]),
    "RunnableBinding": lambda lib: _sequence(lib).with_config(run_name="x", tags=["a"]),
    "RunnableBinding of arguments": lambda lib: lib.output_parsers.StrOutputParser().bind(
        a=1, b={"lc": 3}
    ),
    "RunnableEach": lambda lib: _template(lib).map(),
    "RouterRunnable": lambda lib: lib.runnables.RouterRunnable({"a": _template(lib)}),
    "RunnableConfigurableFields": lambda lib: _template(lib).configurable_fields(
        template=lib.runnables.ConfigurableField(id="t", name="n")
    ),
    "RunnableConfigurableAlternatives": lambda lib: _template(lib).configurable_alternatives(
        lib.runnables.ConfigurableField(id="t"), other=_template(lib)
    ),
    "data": lambda lib: [{"lc": 1, "x": {"lc": 2}}, {"__lc_escaped__": {"a": 1}}, {"b": (1, 2)}],
    "keys": lambda lib: {1: 2.5, None: True},
}

UNLOADABLE: dict[str, Callable[[Library], Any]] = {
    "RunnableRetry": lambda lib: _template(lib).with_retry(),
    "RunnableWithFallbacks": lambda lib: _template(lib).with_fallbacks([_template(lib)]),
}
"""Objects that hold classes, which are not serializable."""
