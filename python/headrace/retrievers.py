"""`BaseRetriever`: finds the documents that matter to a question."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import TypedDict

from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.documents import Document
from headrace.runnables.config import RunnableConfig, is_watched, resolve
from headrace.runnables.runnable import Runnable
from headrace.runnables.serializable import RunnableSerializable
from headrace.utils.executor import run_in_executor

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )

__all__ = [
    "BaseRetriever",
    "LangSmithRetrieverParams",
    "RetrieverInput",
    "RetrieverLike",
    "RetrieverOutput",
    "RetrieverOutputLike",
]

RetrieverInput = str
"""The input of a retriever: a query."""

RetrieverOutput = list[Document]
"""The output of a retriever."""

RetrieverLike = Runnable[RetrieverInput, RetrieverOutput]
"""A runnable that can stand for a retriever."""

RetrieverOutputLike = Runnable[Any, RetrieverOutput]
"""A runnable that returns documents."""


class LangSmithRetrieverParams(TypedDict, total=False):
    """Metadata of a retriever's run."""

    ls_retriever_name: str
    """The name of the retriever, in lower case and without `Retriever`."""

    ls_vector_store_provider: str | None
    """The class of the vector store that it searches."""

    ls_embedding_provider: str | None
    """The class of that store's embeddings."""

    ls_embedding_model: str | None
    """Their model."""


class BaseRetriever(RunnableSerializable[RetrieverInput, RetrieverOutput], ABC):
    """Base class of retrievers, which find the documents relevant to a query.

    Subclasses annotate their fields and define `_get_relevant_documents`, and optionally its async
    version `_aget_relevant_documents`. These receive `run_manager`, and the other arguments of
    `invoke`, if they have such parameters. A `run_manager` with a default is passed only if there
    are callbacks.

    Example:
        ```python
        class FirstDocuments(BaseRetriever):
            documents: list[Document]
            k: int = 2

            def _get_relevant_documents(self, query, *, run_manager):
                return self.documents[: self.k]
        ```
    """

    tags: list[str] | None = None
    """Labels of its runs."""

    metadata: dict[str, Any] | None = None
    """Facts about its runs."""

    _asks: ClassVar[_Asks]
    _aasks: ClassVar[_Asks]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Note what the methods that a subclass defines ask for."""
        super().__init_subclass__(**kwargs)
        cls._asks = _Asks(cls._get_relevant_documents)
        own = cls._aget_relevant_documents is not BaseRetriever._aget_relevant_documents
        # the inherited one hands on to the synchronous method
        cls._aasks = _Asks(cls._aget_relevant_documents) if own else cls._asks

    @abstractmethod
    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        """Return the documents relevant to a query.

        Args:
            query: The query.
            run_manager: The run manager, to emit events and for `get_child()`.

        Returns:
            The documents, the most relevant first.
        """

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Find documents; by default `_get_relevant_documents`, on a thread."""
        if run_manager is not None:
            kwargs["run_manager"] = run_manager.get_sync()
        return await run_in_executor(None, self._get_relevant_documents, query, **kwargs)

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        """Return the metadata of this retriever for its runs."""
        name = self.get_name()
        if name.startswith("Retriever"):
            name = name.removeprefix("Retriever")
        else:
            name = name.removesuffix("Retriever")
        return LangSmithRetrieverParams(ls_retriever_name=name.lower())

    def invoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Document]:
        """Find the documents that matter to a question.

        Args:
            input: The question.
            config: What to say about the run.
            **kwargs: More arguments, for the retrievers that take any.

        Returns:
            The documents, the most relevant first.
        """
        config = resolve(config)
        run_id = kwargs.pop("run_id", None) or config.get("run_id")
        if self._asks.without_run and not (kwargs.get("verbose") or is_watched(config)):
            return self._get_relevant_documents(input, **self._asks.given(kwargs))
        run = self._start(CallbackManager, config, kwargs).on_retriever_start(
            None, input, run_id, name=config.get("run_name") or self.get_name()
        )
        try:
            documents = self._get_relevant_documents(input, **self._asks.given(kwargs, run))
        except BaseException as error:
            run.on_retriever_error(error)
            raise
        run.on_retriever_end(documents)
        return documents

    async def ainvoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Document]:
        """Find the documents that matter to a question; see `invoke`."""
        config = resolve(config)
        run_id = kwargs.pop("run_id", None) or config.get("run_id")
        if self._aasks.without_run and not (kwargs.get("verbose") or is_watched(config)):
            return await self._aget_relevant_documents(input, **self._aasks.given(kwargs))
        run = await self._start(AsyncCallbackManager, config, kwargs).on_retriever_start(
            None, input, run_id, name=config.get("run_name") or self.get_name()
        )
        try:
            given = self._aasks.given(kwargs, run)
            documents = await self._aget_relevant_documents(input, **given)
        except BaseException as error:
            await run.on_retriever_error(error)
            raise
        await run.on_retriever_end(documents)
        return documents

    def _start(self, manager: type[Any], config: RunnableConfig, kwargs: dict[str, Any]) -> Any:
        """Create the manager that starts a run."""
        return manager.configure(
            config.get("callbacks"),
            None,
            verbose=kwargs.get("verbose", False),
            inheritable_tags=config.get("tags"),
            local_tags=self.tags,
            inheritable_metadata={**config["metadata"], **self._get_ls_params(**kwargs)},
            local_metadata=self.metadata,
        )


class _Asks:
    """The parameters of a retriever's method.

    Attributes:
        more: Whether it accepts other arguments than the query and the run manager.
        run_manager: Whether it accepts the run manager.
        without_run: Whether the run manager can be omitted without callbacks.
    """

    __slots__ = ("more", "run_manager", "without_run")

    def __init__(self, method: Any) -> None:
        parameters = inspect.signature(method).parameters
        run_manager = parameters.get("run_manager")
        self.run_manager = run_manager is not None
        self.without_run = run_manager is None or run_manager.default is not run_manager.empty
        self.more = bool(parameters.keys() - {"self", "query", "run_manager"})

    def given(self, kwargs: dict[str, Any], run: Any = None) -> dict[str, Any]:
        """Return the arguments for the method, in addition to the query."""
        given = kwargs.copy() if self.more else {}
        if self.run_manager and run is not None:
            given["run_manager"] = run
        return given
