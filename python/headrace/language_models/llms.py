"""`LLM`, a base class of text models that needs only one method; and its base, `BaseLLM`."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from headrace.language_models.base import (
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
)
from headrace.language_models.base_llm import BaseLLM
from headrace.outputs import Generation, LLMResult
from headrace.runnables.accepts import accepts_run_manager
from headrace.utils.executor import run_in_executor

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )

__all__ = ["LLM", "BaseLLM", "BaseLanguageModel", "LangSmithParams", "LanguageModelInput"]


class LLM(BaseLLM):
    """A text model of which `_call` answers one prompt.

    Example:
        ```python
        class Echo(LLM):
            def _call(self, prompt, stop=None, run_manager=None, **kwargs):
                return prompt

            @property
            def _llm_type(self):
                return "echo"
        ```
    """

    @abstractmethod
    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Return the answer to one prompt; for the arguments, see `BaseLLM._generate`."""

    async def _acall(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> str:
        """Async version of `_call`; by default runs it in a thread."""
        manager = None if run_manager is None else run_manager.get_sync()
        return await run_in_executor(None, self._call, prompt, stop, manager, **kwargs)

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        more = {"run_manager": run_manager} if accepts_run_manager(self._call) else {}
        texts = [self._call(prompt, stop=stop, **more, **kwargs) for prompt in prompts]
        return LLMResult(generations=[[Generation(text=text)] for text in texts])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        more = {"run_manager": run_manager} if accepts_run_manager(self._acall) else {}
        texts = [await self._acall(prompt, stop=stop, **more, **kwargs) for prompt in prompts]
        return LLMResult(generations=[[Generation(text=text)] for text in texts])
