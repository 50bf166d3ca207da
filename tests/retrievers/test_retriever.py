"""Retrievers: who is told of their runs, and what they are called with."""

import asyncio
import threading

import pytest

from headrace.callbacks import BaseCallbackHandler, RunObserver, RunRecorder
from headrace.documents import Document
from headrace.retrievers import BaseRetriever, RetrieverLike
from headrace.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough


class Thread(BaseRetriever):
    """Finds the thread that it runs on."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(query, metadata={"thread": threading.current_thread().name})]


class Waiting(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        raise NotImplementedError

    async def _aget_relevant_documents(self, query, *, run_manager):
        await asyncio.Event().wait()
        return []


class Failing(BaseRetriever):
    error: BaseException

    def _get_relevant_documents(self, query, *, run_manager):
        raise self.error


class Optional(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager=None, k=1):
        return [Document(f"{query} {run_manager is not None}")] * k


def test_observers_watch_a_retriever():
    recorder = RunRecorder()
    Thread(tags=["t"], metadata={"m": 1}).invoke("q", {"callbacks": [recorder]})
    (record,) = recorder.roots
    assert (record.run_type, record.name, record.tags) == ("retriever", "Thread", ["t"])
    assert record.metadata == {"ls_retriever_name": "thread", "m": 1}
    assert record.inputs == {"input": "q"}
    assert [one.page_content for one in record.outputs["output"]] == ["q"]
    assert record.error is None


def test_a_run_has_the_name_that_was_bound_to_it():
    recorder = RunRecorder()
    docs = Thread().with_config(run_name="Docs")
    chain = RunnableParallel(context=docs, question=RunnablePassthrough())
    chain.invoke("q", {"callbacks": [recorder]})
    found = [run for run in recorder.records.values() if run.run_type == "retriever"]
    assert [run.name for run in found] == ["Docs"]
    assert found[0].parent_run_id == recorder.roots[0].id


async def test_async_does_not_block_the_loop():
    here = threading.current_thread().name
    (found,) = await Thread().ainvoke("q")
    assert found.metadata["thread"] != here
    (found,) = Thread().invoke("q")
    assert found.metadata["thread"] == here


async def test_a_cancelled_run_is_told_as_failed():
    recorder = RunRecorder()
    task = asyncio.create_task(Waiting().ainvoke("q", {"callbacks": [recorder]}))
    while not recorder.roots:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "CancelledError" in recorder.roots[0].error


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt()])
def test_the_error_is_the_retriever_s_own(error):
    recorder = RunRecorder()
    with pytest.raises(type(error)) as caught:
        Failing(error=error).invoke("q", {"callbacks": [recorder]})
    assert caught.value is error
    assert type(error).__name__ in recorder.roots[0].error


def test_a_handler_that_hears_of_retrievers_alone():
    class Heard(BaseCallbackHandler):
        ignore_chain = True

        def __init__(self):
            self.events = []

        def on_retriever_start(self, serialized, query, **kwargs):
            self.events.append((serialized, query, kwargs["name"]))

        def on_retriever_end(self, documents, **kwargs):
            self.events.append([one.page_content for one in documents])

    heard = Heard()
    (RunnableLambda(str.upper) | Thread()).invoke("q", {"callbacks": [heard]})
    assert heard.events == [(None, "Q", "Thread"), ["Q"]]


def test_a_run_manager_that_is_optional_is_given_to_those_who_are_observed():
    retriever = Optional()
    assert [one.page_content for one in retriever.invoke("q", k=2)] == ["q False"] * 2
    (found,) = retriever.invoke("q", {"callbacks": [RunRecorder()]})
    assert found.page_content == "q True"
    assert [one.page_content for one in asyncio.run(retriever.ainvoke("q"))] == ["q False"]
    (found,) = asyncio.run(retriever.ainvoke("q", {"callbacks": [RunRecorder()]}))
    assert found.page_content == "q True"


def test_runs_below_are_below():
    inner = RunnableLambda(str.upper, name="inner")

    class Nested(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(inner.invoke(query, {"callbacks": run_manager.get_child()}))]

    recorder = RunRecorder()
    Nested().invoke("q", {"callbacks": [recorder]})
    assert [run.name for run in recorder.roots[0].child_runs] == ["inner"]
    recorder = RunRecorder()
    asyncio.run(Nested().ainvoke("q", {"callbacks": [recorder]}))
    assert [run.name for run in recorder.roots[0].child_runs] == ["inner"]


def test_an_observer_may_decline():
    class Declining(RunObserver):
        def run_started(self, run, inputs):
            self.kind = run.kind

    declining = Declining()
    assert Thread().invoke("q", {"callbacks": [declining]})[0].page_content == "q"
    assert declining.kind == "retriever"


def test_a_retriever_is_a_runnable_like_any_other():
    retriever: RetrieverLike = Thread()
    chain = retriever | (lambda documents: len(documents))
    assert chain.batch(["a", "b"]) == [1, 1]
    assert [len(chunk) for chunk in retriever.stream("a")] == [1]
    assert retriever.get_input_jsonschema()["type"] == "string"


def test_a_retriever_must_find():
    with pytest.raises(TypeError, match="abstract"):
        BaseRetriever()
