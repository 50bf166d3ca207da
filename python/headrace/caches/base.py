"""What a cache is, whatever keeps the answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

from headrace.outputs import Generation
from headrace.runnables.executor import run_in_executor

__all__ = ["RETURN_VAL_TYPE", "BaseCache"]

RETURN_VAL_TYPE: TypeAlias = Sequence[Generation]
"""What is kept: the candidates that a model gave."""


class BaseCache(ABC):
    """Keeps what models answered.

    An answer is found by two texts: the prompt, and a description of the model with all that
    changes its answers. The asynchronous methods call the others off the event loop, where a cache
    does not define them.
    """

    @abstractmethod
    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Find an answer.

        Args:
            prompt: The prompt; of a chat model, the messages as JSON.
            llm_string: What the model is, and with what it is called.

        Returns:
            The candidates, as a list; None where there is no answer.
        """

    @abstractmethod
    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Keep an answer.

        Args:
            prompt: The prompt; of a chat model, the messages as JSON.
            llm_string: What the model is, and with what it is called.
            return_val: The candidates.
        """

    @abstractmethod
    def clear(self, **kwargs: Any) -> None:
        """Forget all answers.

        Args:
            **kwargs: What a cache of one's own may need to know.
        """

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Find an answer; see `lookup`."""
        return await run_in_executor(None, self.lookup, prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Keep an answer; see `update`."""
        await run_in_executor(None, self.update, prompt, llm_string, return_val)

    async def aclear(self, **kwargs: Any) -> None:
        """Forget all answers; see `clear`."""
        await run_in_executor(None, self.clear, **kwargs)
