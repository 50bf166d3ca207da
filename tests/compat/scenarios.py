"""Chains whose events are compared: each is made for a library, and comes with its input."""

import asyncio
from typing import Any

from .events import module


def add(x: int) -> int:
    return x + 1


async def aadd(x: int) -> int:
    await asyncio.sleep(0)
    return x + 1


def fail(x: Any) -> Any:
    raise ValueError("bad")


def gen(items):
    for item in items:
        yield item * 2
        yield item * 3


async def agen(items):
    async for item in items:
        yield item * 2
        yield item * 3


def broken(items):
    for item in items:
        yield item
        raise ValueError("mid")


async def abroken(items):
    async for item in items:
        yield item
        raise ValueError("mid")


def words(items):
    for _ in items:
        yield from ("once ", "upon ", "a time")


async def awords(items):
    async for _ in items:
        for word in ("once ", "upon ", "a time"):
            await asyncio.sleep(0)
            yield word


def upper(items):
    for item in items:
        yield item.upper()


async def aupper(items):
    async for item in items:
        yield item.upper()


def nothing(items):
    yield from [item for item in items if item is None]


async def anothing(items):
    async for item in items:
        if item is None:
            yield item


def both(lib, sync=gen, asynchronous=agen, **kwargs):
    return lib.r.RunnableGenerator(sync, asynchronous, **kwargs)


def failing_twice():
    left = [2]

    def flaky(x):
        if left[0]:
            left[0] -= 1
            raise ValueError(f"no, {left[0]} left")
        return x

    return flaky


def chained(lib):
    @lib.r.chain
    async def outer(x):
        return await inner.ainvoke(x) + 1

    @lib.r.chain
    def inner(x):
        return innermost.invoke(x) * 2

    @lib.r.chain
    def innermost(x):
        return x + 1

    return outer


def telling(lib):
    async def tells(x, config):
        await lib.c.adispatch_custom_event("began", {"x": x}, config=config)
        await lib.c.adispatch_custom_event("went on", x, config=config)
        return x + 1

    def tells_too(x, config):
        lib.c.dispatch_custom_event("ended", [x], config=config)
        return x

    return lib.r.RunnableLambda(tells).with_config(tags=["t"]) | tells_too


def parallel(lib):
    return lib.r.RunnableParallel(one=both(lib, words, awords), same=lib.r.RunnablePassthrough())


class Plain:
    """A runnable that only invokes, and has a run of its own."""

    @staticmethod
    def of(lib):
        class OnlyInvokes(lib.r.Runnable):
            def invoke(self, value, config=None, **kwargs):
                return self._call_with_config(lambda x: x + 1, value, config)

        return OnlyInvokes()

    @staticmethod
    def without_runs(lib):
        class HasNoRun(lib.r.Runnable):
            def invoke(self, value, config=None, **kwargs):
                return value + 1

        return HasNoRun()


CHAINS = {
    "a function": lambda lib: (lib.r.RunnableLambda(add), 1),
    "an async function": lambda lib: (lib.r.RunnableLambda(aadd), 1),
    "functions": lambda lib: (lib.r.RunnableLambda(add) | add | aadd, 1),
    "a generator": lambda lib: (both(lib, words, awords), 1),
    "generators": lambda lib: (lib.r.RunnableLambda(add) | both(lib) | add, 1),
    "three generators": lambda lib: (both(lib, words, awords) | both(lib, upper, aupper), 1),
    "a generator without chunks": lambda lib: (
        both(lib, nothing, anothing) | both(lib),
        1,
    ),
    "named": lambda lib: ((lib.r.RunnableLambda(add) | add).with_config(run_name="named"), 1),
    "tagged and described": lambda lib: (
        (
            lib.r.RunnableLambda(add).with_config(tags=["b", "a"], metadata={"m": 1})
            | lib.r.RunnableLambda(add).with_config(tags=["c"], run_name="second")
        ).with_config(tags=["all"], metadata={"every": 1}),
        1,
    ),
    "bound": lambda lib: (lib.r.RunnableLambda(lambda x, **k: (x, k)).bind(stop=1), 1),
    "dictionaries": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"a": x, "b": 2}) | lib.r.RunnablePassthrough(),
        1,
    ),
    "pick": lambda lib: (lib.r.RunnableLambda(lambda x: {"a": x}).pick("a"), 1),
    "parallel of one": lambda lib: (lib.r.RunnableParallel(a=both(lib, words, awords)), 1),
    "branch": lambda lib: (
        lib.r.RunnableBranch((lambda x: x > 1, add), (lambda x: x > 0, both(lib)), add),
        1,
    ),
    "nested branch": lambda lib: (
        lib.r.RunnableLambda(add)
        | lib.r.RunnableBranch((lambda x: x > 5, add), both(lib, words, awords))
        | both(lib, upper, aupper),
        1,
    ),
    "router": lambda lib: (
        lib.r.RouterRunnable({"a": lib.r.RunnableLambda(add)}),
        {"key": "a", "input": 3},
    ),
    "each": lambda lib: (
        lib.r.RunnableLambda(lambda x: [x, x])
        | lib.r.RunnableLambda(add).map().with_config(max_concurrency=1),
        1,
    ),
    "a function answers with a chain": lambda lib: (
        lib.r.RunnableLambda(lambda _: lib.r.RunnableLambda(add) | both(lib)),
        1,
    ),
    "nested calls": lambda lib: (
        lib.r.RunnableLambda(lambda x: lib.r.RunnableLambda(add, name="inner").invoke(x)),
        1,
    ),
    "nested sync streams in a thread": lambda lib: (
        lib.r.RunnableLambda(lambda x: list(both(lib, words, awords).stream(x))) | len,
        1,
    ),
    "@chain": lambda lib: (chained(lib), 1),
    "custom events": lambda lib: (telling(lib), 1),
    "a function fails": lambda lib: (lib.r.RunnableLambda(add) | fail | add, 1),
    "a generator fails": lambda lib: (lib.r.RunnableLambda(add) | both(lib, broken, abroken), 1),
    "a generator fails behind another": lambda lib: (
        both(lib, broken, abroken) | both(lib, gen, agen),
        1,
    ),
    "fallbacks": lambda lib: (
        lib.r.RunnableLambda(fail).with_fallbacks([lib.r.RunnableLambda(add)]),
        1,
    ),
    "nested fallbacks": lambda lib: (
        lib.r.RunnableLambda(add)
        | lib.r.RunnableLambda(fail).with_fallbacks([both(lib, words, awords)])
        | both(lib, upper, aupper),
        1,
    ),
    "retry": lambda lib: (
        lib.r.RunnableLambda(failing_twice()).with_retry(wait_exponential_jitter=False) | add,
        1,
    ),
    "a nested retry": lambda lib: (
        lib.r.RunnableLambda(
            lib.r.RunnableLambda(failing_twice())
            .with_retry(wait_exponential_jitter=False)
            .with_config(run_name="again")
            .ainvoke,
            name="calls",
        ),
        1,
    ),
    "configurable": lambda lib: (
        lib.r.RunnableLambda(add)
        .bind()
        .configurable_alternatives(
            lib.r.ConfigurableField(id="which"), other=lib.r.RunnableLambda(lambda x: -x)
        )
        .with_config(configurable={"which": "other"})
        | add,
        1,
    ),
    "bound steps of a nested chain": lambda lib: (
        lib.r.RunnableParallel(
            a=lib.r.RunnableLambda(add).with_config(run_name="one", tags=["1"])
            | both(lib).with_config(metadata={"k": 2})
            | lib.r.RunnableLambda(add).bind()
        ),
        1,
    ),
    "configured twice": lambda lib: (
        lib.r.RunnableLambda(add)
        .with_config(tags=["a"], metadata={"a": 1}, run_name="first")
        .with_config(tags=["b"], metadata={"b": 1}),
        1,
    ),
    "a retry of a named step": lambda lib: (
        lib.r.RunnableLambda(add)
        | lib.r.RunnableLambda(add).with_config(run_name="it").with_retry(),
        1,
    ),
    "a batch with fallbacks": lambda lib: (
        lib.r.RunnableLambda(lambda x: [x])
        | lib.r.RunnableLambda(fail).with_fallbacks([lib.r.RunnableLambda(aadd)]).map(),
        1,
    ),
    "only invokes": lambda lib: (Plain.of(lib), 1),
    "a step that only invokes": lambda lib: (lib.r.RunnableLambda(add) | Plain.of(lib), 1),
    "a step without a run": lambda lib: (lib.r.RunnableLambda(add) | Plain.without_runs(lib), 1),
    "empty input": lambda lib: (lib.r.RunnableLambda(lambda x: x) | both(lib), ""),
    "no input": lambda lib: (lib.r.RunnableLambda(lambda x: x) | (lambda x: x), None),
}

# What runs at the same time in these: the order of events of different runs is the scheduler's.
CONCURRENT = {
    "assign": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"a": x}) | lib.r.RunnablePassthrough.assign(b=add_to_a),
        1,
    ),
    "parallel": lambda lib: (parallel(lib), 1),
    "parallel behind a generator": lambda lib: (
        both(lib, words, awords)
        | lib.r.RunnableParallel(same=lib.r.RunnablePassthrough(), upper=both(lib, upper, aupper)),
        1,
    ),
    "parallel in a sequence": lambda lib: (
        lib.r.RunnableLambda(add)
        | lib.r.RunnableParallel(one=add, two=lib.r.RunnableLambda(aadd), three=both(lib))
        | (lambda found: sorted(found)),
        1,
    ),
    "a failing branch": lambda lib: (
        lib.r.RunnableParallel(one=lib.r.RunnableLambda(add) | fail),
        1,
    ),
    "each at once": lambda lib: (
        lib.r.RunnableLambda(lambda x: [x, x + 1, x + 2]) | lib.r.RunnableLambda(aadd).map(),
        1,
    ),
    "batches in a step": lambda lib: (
        lib.r.RunnableLambda(lambda x: lib.r.RunnableLambda(add, name="one").batch([x, x])),
        1,
    ),
}


def add_to_a(x):
    return x["a"] + 1


def messages(lib) -> Any:
    return module(lib, "messages")


def fake(lib, answer="once upon a time", **kwargs):
    models = module(lib, "language_models")
    message = messages(lib).AIMessage(content=answer)
    return models.GenericFakeChatModel(messages=iter([message] * 9), **kwargs)


def fake_list(lib, *answers, **kwargs):
    return module(lib, "language_models").FakeListChatModel(responses=list(answers), **kwargs)


def text_parser(lib, **kwargs):
    return module(lib, "output_parsers").StrOutputParser(**kwargs)


def calls_model(lib, is_async):
    model = fake(lib)

    async def acalls(x):
        return (await model.ainvoke(x)).content

    def calls(x):
        return model.invoke(x).content

    return lib.r.RunnableLambda(acalls if is_async else calls)


def sync_model_in_async_step(lib):
    model = fake(lib)

    async def calls(x):
        return model.invoke(x).content

    return lib.r.RunnableLambda(calls)


MODELS = {
    "a model": lambda lib: (fake(lib), "hi"),
    "a model and a parser": lambda lib: (fake(lib) | text_parser(lib), "hi"),
    "a model, tagged": lambda lib: (
        (fake(lib).with_config(tags=["m"], run_name="model") | text_parser(lib)).with_config(
            metadata={"k": 1}
        ),
        "hi",
    ),
    "a list model": lambda lib: (fake_list(lib, "abc") | text_parser(lib), "hi"),
    "a failing model": lambda lib: (
        fake_list(lib, "abc", error_on_chunk_number=1) | text_parser(lib),
        "hi",
    ),
    "a model in a function": lambda lib: (calls_model(lib, False) | both(lib, upper, aupper), "hi"),
    "a model in an async function": lambda lib: (calls_model(lib, True), "hi"),
    "a sync model call in an async step": lambda lib: (sync_model_in_async_step(lib), "hi"),
    "a model with fallbacks": lambda lib: (
        fake_list(lib, "abc", error_on_chunk_number=0).with_fallbacks([fake_list(lib, "de")])
        | text_parser(lib),
        "hi",
    ),
    "a model whose field is configured": lambda lib: (
        fake_list(lib, "abc").configurable_fields(responses=lib.r.ConfigurableField(id="responses"))
        | text_parser(lib),
        "hi",
    ),
    "a root whose field is configured": lambda lib: (
        fake_list(lib, "abc").configurable_fields(
            responses=lib.r.ConfigurableField(id="responses")
        ),
        "hi",
    ),
    "a parser that only invokes": lambda lib: (
        fake(lib, '{"a": [1, 2]}') | module(lib, "output_parsers").JsonOutputParser(),
        "hi",
    ),
    "a prompt": lambda lib: (
        module(lib, "prompts").ChatPromptTemplate.from_messages(
            [("system", "Be brief."), ("human", "{question}")]
        )
        | fake(lib)
        | text_parser(lib),
        {"question": "why"},
    ),
    "messages as input": lambda lib: (
        fake(lib) | text_parser(lib),
        [messages(lib).HumanMessage(content="hi")],
    ),
}


def tool(lib, func, **kwargs):
    return module(lib, "tools").tool(**kwargs)(func) if kwargs else module(lib, "tools").tool(func)


def search(lib):
    def search(query: str) -> str:
        """Find something."""
        return f"found {query}"

    return tool(lib, search)


def asking_tool(lib):
    """A sync tool that runs a model inside, on a thread."""
    model = fake(lib)

    def ask(query: str) -> str:
        """Ask a model."""
        return model.with_config(tags=["inside"]).invoke(query).content

    return tool(lib, ask)


def failing_tool(lib, **kwargs):
    def fails(query: str) -> str:
        """Fail."""
        raise module(lib, "tools").ToolException("no " + query)

    made = tool(lib, fails)
    return made.model_copy(update=kwargs) if kwargs else made


def call_of(name):
    return {"name": name, "args": {"query": "tea"}, "id": "call-1", "type": "tool_call"}


def retriever(lib, fail=False):
    documents = module(lib, "documents")

    class Shelf(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            if fail:
                raise KeyError(query)
            return [documents.Document(page_content=query, metadata={"n": 1})]

    return Shelf()


def text_model(lib, **kwargs):
    return module(lib, "language_models").FakeListLLM(responses=["ab"], **kwargs)


def streaming_text_model(lib):
    return module(lib, "language_models").FakeStreamingListLLM(responses=["ab"])


def own_tool(lib):
    """A runnable that is no tool, and whose run is one."""

    class Kettle(lib.r.Runnable):
        def invoke(self, input, config=None, **kwargs):
            return self._call_with_config(lambda x: x + "!", input, config, run_type="tool")

    return Kettle()


TOOLS = {
    "a runnable of kind tool": lambda lib: (lib.r.RunnableLambda(str) | own_tool(lib), "tea"),
    "a tool": lambda lib: (search(lib), {"query": "tea"}),
    "a tool in a chain": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"query": x}) | search(lib) | (lambda x: x + "!"),
        "tea",
    ),
    "a tool called by a model": lambda lib: (search(lib), call_of("search")),
    "a tool that runs a model": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"query": x}) | asking_tool(lib),
        "tea",
    ),
    "a failing tool": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"query": x}) | failing_tool(lib),
        "tea",
    ),
    "a failing tool called by a model": lambda lib: (failing_tool(lib), call_of("fails")),
    "a tool whose failure is handled": lambda lib: (
        lib.r.RunnableLambda(lambda x: {"query": x}) | failing_tool(lib, handle_tool_error=True),
        "tea",
    ),
    "a tool called inside a function": lambda lib: (
        lib.r.RunnableLambda(lambda x: search(lib).invoke({"query": x})),
        "tea",
    ),
    "a retriever": lambda lib: (retriever(lib), "tea"),
    "a retriever in a chain": lambda lib: (
        lib.r.RunnableLambda(lambda x: x + "s") | retriever(lib).with_config(run_name="Docs") | len,
        "tea",
    ),
    "a failing retriever": lambda lib: (lib.r.RunnableLambda(str) | retriever(lib, True), "tea"),
    "a text model": lambda lib: (text_model(lib), "hi"),
    "a text model in a chain": lambda lib: (text_model(lib) | text_parser(lib), "hi"),
    "a streaming text model": lambda lib: (streaming_text_model(lib), "hi"),
    "a streaming text model in a chain": lambda lib: (
        streaming_text_model(lib) | text_parser(lib),
        "hi",
    ),
}
