"""The base class of decision models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from headrace.dropin.core.decisions.types import (
    ClassifierRequest,
    ClassifierResponse,
    Question,
    State,
)
from headrace.runnables import RunnableConfig, RunnableSerializable
from headrace.runnables.config import ensure_config, run_in_executor

__all__ = ["BaseDecisionModel"]


class BaseDecisionModel(RunnableSerializable[ClassifierRequest, ClassifierResponse], ABC):
    """A model that answers typed questions about a state.

    A subclass defines `_provider` and `_classify`, and `_aclassify` if it can do that without a
    thread.
    """

    model: str
    """The name of the model."""

    @property
    @abstractmethod
    def _provider(self) -> str:
        """The name of the provider, for tracers."""

    @abstractmethod
    def _classify(self, state: State, questions: dict[str, Question]) -> ClassifierResponse:
        """Return the answers to questions about a state."""

    async def _aclassify(self, state: State, questions: dict[str, Question]) -> ClassifierResponse:
        """Return the answers to questions about a state."""
        return await run_in_executor(None, self._classify, state, questions)

    def invoke(
        self, input: ClassifierRequest, config: RunnableConfig | None = None, **_: Any
    ) -> ClassifierResponse:
        """Return the answers to questions.

        Args:
            input: The state and the questions.
            config: The configuration of the run.
            **_: Not used.

        Returns:
            The answers.
        """
        response: ClassifierResponse = self._call_with_config(
            lambda request: _with_usage(
                self._classify(request["state"], dict(request["questions"]))
            ),
            input,
            self._traced(config),
            run_type="llm",
        )
        return response

    async def ainvoke(
        self, input: ClassifierRequest, config: RunnableConfig | None = None, **_: Any
    ) -> ClassifierResponse:
        """Async version of `invoke`."""

        async def classify(request: ClassifierRequest) -> ClassifierResponse:
            questions = dict(request["questions"])
            return _with_usage(await self._aclassify(request["state"], questions))

        response: ClassifierResponse = await self._acall_with_config(
            classify, input, self._traced(config), run_type="llm"
        )
        return response

    def _traced(self, config: RunnableConfig | None) -> RunnableConfig:
        """Add the metadata by which tracers identify models."""
        full = ensure_config(config)
        full["metadata"] = {
            **full["metadata"],
            "ls_provider": self._provider,
            "ls_model_name": self.model,
            "ls_model_type": "chat",
        }
        return full


def _with_usage(response: ClassifierResponse) -> ClassifierResponse:
    """Add the token usage to the current LangSmith run, if there is one."""
    if response.usage is not None:
        from langsmith.run_helpers import get_current_run_tree

        run = get_current_run_tree()
        if run is not None:
            run.extra.setdefault("metadata", {})["usage_metadata"] = dict(response.usage)
    return response
