"""`BaseCache`, the interface of caches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

from headrace.outputs import Generation
from headrace.utils.executor import run_in_executor

__all__ = ["RETURN_VAL_TYPE", "BaseCache"]

RETURN_VAL_TYPE: TypeAlias = Sequence[Generation]
"""The cached value: the generations of a model."""


class BaseCache(ABC):
    """Base class of caches of model answers.

    The key of an answer is the prompt together with a description of the model and its parameters.
    By default, the async methods run the sync ones in a thread.
    """

    @abstractmethod
    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Look up an answer.

        Args:
            prompt: The prompt; for a chat model, the messages as JSON.
            llm_string: The description of the model and its parameters.

        Returns:
            The generations, as a list, or None.
        """

    @abstractmethod
    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Store an answer.

        Args:
            prompt: The prompt; for a chat model, the messages as JSON.
            llm_string: The description of the model and its parameters.
            return_val: The generations.
        """

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Delete all answers.

        Args:
            **kwargs: Arguments of custom caches.
        """

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Find an answer; see `lookup`."""
        return await run_in_executor(None, self.lookup, prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Keep an answer; see `update`."""
        await run_in_executor(None, self.update, prompt, llm_string, return_val)

    async def aclear(self, **kwargs: Any) -> None:
        """Delete all answers; async version of `clear`."""
        await run_in_executor(None, self.clear, **kwargs)
