"""A program that uses each kind of runnable, on the library that its first argument names."""

import asyncio
import contextlib
import importlib
import json
import os
import sys
import traceback
from typing import Any


def load(module: str) -> Any:
    return importlib.import_module(f"{sys.argv[1]}.{module}")


messages, prompts, tools = load("messages"), load("prompts"), load("tools")
runnables, documents = load("runnables"), load("documents")
fakes, parsers = load("language_models.fake_chat_models"), load("output_parsers")

CONFIG: dict[str, Any] = {"tags": ["t"], "metadata": {"m": 1}, "run_name": "top"}
CALL = {"name": "add", "args": {"a": 1, "b": 2}, "id": "c"}
USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


@tools.tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tools.tool
def broken(a: int) -> int:
    """Fail."""
    raise ValueError("no")


class Retriever(load("retrievers").BaseRetriever):  # type: ignore[misc]
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
        return [documents.Document(query)]


def fail(_: Any) -> Any:
    raise KeyError("k")


async def afail(_: Any) -> Any:
    raise KeyError("k")


def chain() -> Any:
    answers = [
        messages.AIMessage("hello dear world", id="run-1"),
        messages.AIMessage("x", tool_calls=[CALL], usage_metadata=USAGE, id="run-2"),
    ]
    model = fakes.GenericFakeChatModel(messages=iter(answers))
    return (
        prompts.ChatPromptTemplate.from_messages([("human", "{q}")])
        | model
        | parsers.StrOutputParser()
    )


def run_sync() -> None:
    chain().invoke({"q": "a"}, CONFIG)
    twice = chain()
    twice.invoke({"q": "1"})
    twice.invoke({"q": "2"}, {"configurable": {"thread": "9", "api_key": "sk"}})
    list(chain().stream({"q": "a"}, CONFIG))
    list(chain().transform(iter([{"q": "a"}])))
    add.invoke({"a": 1, "b": 2})
    add.invoke({**CALL, "type": "tool_call"})
    with contextlib.suppress(ValueError):
        broken.invoke({"a": 1})
    Retriever().invoke("q")
    with contextlib.suppress(KeyError):
        (runnables.RunnableLambda(lambda x: x) | fail).invoke(1)
    load("language_models.fake").FakeListLLM(responses=["z"]).invoke("p")
    runnables.RunnableLambda(lambda x: add.invoke({"a": x, "b": 1})).invoke(3)
    runnables.RunnableParallel(a=Retriever()).invoke("s")
    chain().batch([{"q": "a"}])


async def run_async() -> None:
    await chain().ainvoke({"q": "a"}, CONFIG)
    async for _ in chain().astream({"q": "a"}):
        pass
    await add.ainvoke({"a": 1, "b": 2})
    with contextlib.suppress(ValueError):
        await broken.ainvoke({"a": 1})
    await Retriever().ainvoke("q")
    with contextlib.suppress(KeyError):
        await runnables.RunnableLambda(afail).ainvoke(1)
    await load("language_models.fake").FakeListLLM(responses=["z"]).ainvoke("p")
    await chain().abatch([{"q": "a"}])


def run(mode: str) -> None:
    if mode == "sync":
        run_sync()
    elif mode == "async":
        asyncio.run(run_async())
    else:
        from langsmith import traceable

        @traceable(name="outer")
        def outer() -> Any:
            return chain().invoke({"q": "a"})

        outer()
        with load("tracers.context").tracing_v2_enabled(project_name="other", tags=["z"]):
            chain().invoke({"q": "a"})
    load("tracers.langchain").wait_for_all_tracers()


def main() -> None:
    """Run each mode in a fork with its environment: importing LangChain takes seconds."""
    load("tracers.langchain")
    for mode, environment in json.loads(sys.argv[2]):
        child = os.fork()
        if child == 0:
            os.environ.update(environment)
            code = 1
            try:
                run(mode)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0, mode


main()
