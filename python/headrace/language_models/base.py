"""`BaseLanguageModel`: what text models and chat models have in common."""

from __future__ import annotations

import builtins
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, Union, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from headrace._core import __version__
from headrace.caches import BaseCache
from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
from headrace.globals import get_verbose
from headrace.language_models.inputs import as_prompt
from headrace.load.dump import dumpd
from headrace.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    MessageLikeRepresentation,
)
from headrace.outputs import LLMResult
from headrace.prompt_values import ChatPromptValueConcrete, PromptValue, StringPromptValue
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.runnables.runnable import Runnable
from headrace.runnables.serializable import RunnableSerializable
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from headrace.callbacks.base import Callbacks

__all__ = [
    "BaseLanguageModel",
    "LangSmithParams",
    "LanguageModelInput",
    "LanguageModelLike",
    "LanguageModelOutput",
    "LanguageModelOutputVar",
    "get_tokenizer",
]

LanguageModelInput: TypeAlias = PromptValue | str | Sequence[MessageLikeRepresentation]
"""What a model takes: a prompt, a text, or messages in any of their forms."""

LanguageModelOutput: TypeAlias = BaseMessage | str
"""What a model gives: a chat model a message, a text model a text."""

LanguageModelLike: TypeAlias = Runnable[LanguageModelInput, LanguageModelOutput]
"""A model, or what stands in the place of one."""

LanguageModelOutputVar = TypeVar("LanguageModelOutputVar", AIMessage, str)


class LangSmithParams(TypedDict, total=False):
    """What is known of a model's call, under the names by which observers look for it."""

    ls_provider: str
    """Who provides the model."""
    ls_model_name: str
    """Which model it is."""
    ls_model_type: Literal["chat", "llm"]
    """Of which kind it is."""
    ls_temperature: float | None
    """How much its answers vary."""
    ls_max_tokens: int | None
    """How long its answers may be."""
    ls_stop: list[str] | None
    """What ends its answers."""
    ls_integration: str
    """What calls it."""


@cache
def get_tokenizer() -> Any:
    """Load the GPT-2 tokenizer, which counts tokens where a model does not say how.

    Returns:
        The tokenizer of the `transformers` package.

    Raises:
        ImportError: If `transformers` is not installed.
    """
    try:
        from transformers import GPT2TokenizerFast  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ImportError(
            "Counting tokens needs the transformers package where a model does not count them "
            "itself: install it with `pip install transformers`, or give the model "
            "`custom_get_token_ids`."
        ) from error
    return GPT2TokenizerFast.from_pretrained("gpt2")


@cache
def _warn_of_other_tokenizer() -> None:
    warnings.warn(
        "Using fallback GPT-2 tokenizer for token counting. Token counts may be inaccurate for "
        "non-GPT-2 models. For accurate counts, use a model-specific method if available.",
        stacklevel=5,
    )


class BaseLanguageModel(RunnableSerializable[LanguageModelInput, LanguageModelOutputVar], ABC):
    """A model of language: text or messages in, text or a message out."""

    cache: BaseCache | bool | None = Field(default=None, exclude=True)
    """Where answers are kept: a cache; True for the process's, which must be there; False for none;
    None for the process's where there is one."""

    verbose: bool = Field(default_factory=get_verbose, exclude=True, repr=False)
    """Whether to print what happens."""

    callbacks: list[BaseCallbackHandler] | BaseCallbackManager | None = Field(
        default=None, exclude=True
    )
    """Handlers that hear of this model's runs."""

    tags: list[str] | None = Field(default=None, exclude=True)
    """Labels of this model's runs."""

    metadata: builtins.dict[str, Any] | None = Field(default=None, exclude=True)
    """Facts about this model's runs."""

    custom_get_token_ids: Callable[[str], list[int]] | None = Field(default=None, exclude=True)
    """What turns a text into its tokens, for counting them."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def model_post_init(self, context: Any, /) -> None:
        """Note with which version this was made, for whoever observes its runs."""
        super().model_post_init(context)
        self._add_version("headrace", __version__)

    def _add_version(self, pkg: str, version: str) -> None:
        """Note the version of a package that this model is made of, in its metadata."""
        metadata = self.metadata or {}
        known = metadata.get("lc_versions")
        if known is not None and not isinstance(known, Mapping):
            warnings.warn(
                f"metadata['lc_versions'] expected a dict, got {type(known).__name__}; "
                "overwriting with package version dict",
                stacklevel=2,
            )
            known = None
        self.metadata = {**metadata, "lc_versions": {**(known or {}), pkg: version}}

    @field_validator("verbose", mode="before")
    @classmethod
    def set_verbose(cls, verbose: bool | None) -> bool:
        """Take the process's setting where None is given."""
        return get_verbose() if verbose is None else verbose

    @property
    def InputType(self) -> Any:
        """What a model takes, as its schema shows it."""
        return Union[str, StringPromptValue, ChatPromptValueConcrete, list[AnyMessage]]  # noqa: UP007

    def to_json(self) -> builtins.dict[str, Any]:
        """Return how this was made, without secrets; see `Serializable.to_json`."""
        return cast("builtins.dict[str, Any]", hide_secrets(super().to_json()))

    @cached_property
    def _serialized(self) -> builtins.dict[str, Any]:
        """What observers are told of this model."""
        return cast("builtins.dict[str, Any]", dumpd(self))

    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        return as_prompt(model_input)

    @abstractmethod
    def generate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Answer several prompts.

        Args:
            prompts: The prompts.
            stop: What ends an answer.
            callbacks: Who hears of the runs.
            **kwargs: For the provider.

        Returns:
            The candidates for each prompt.
        """

    @abstractmethod
    async def agenerate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Answer several prompts; see `generate_prompt`."""

    def with_structured_output(
        self, schema: builtins.dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any] | BaseModel]:
        """Answer with data of a given shape, where the model can.

        Args:
            schema: The shape.
            **kwargs: For the model.

        Returns:
            This model, answering with such data.

        Raises:
            NotImplementedError: If the model cannot.
        """
        raise NotImplementedError

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Give what is known of a call, for its metadata."""
        return LangSmithParams()

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        """Give what is known of a call, with what holds for all models of the kind."""
        return self._get_ls_params(stop=stop, **kwargs)

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """What tells this model from others of its class."""
        return self.lc_attributes

    def get_token_ids(self, text: str) -> list[int]:
        """Give the tokens of a text.

        Args:
            text: The text.

        Returns:
            What `custom_get_token_ids` gives; where there is none, the tokens of GPT-2.
        """
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        _warn_of_other_tokenizer()
        tokens: list[int] = get_tokenizer().encode(text, verbose=False)
        return tokens

    def get_num_tokens(self, text: str) -> int:
        """Count the tokens of a text.

        Args:
            text: The text.

        Returns:
            How many there are, as `get_token_ids` cuts it.
        """
        return len(self.get_token_ids(text))

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages, written out with who says them.

        Args:
            messages: The messages.
            tools: Not counted: models that count them override this.

        Returns:
            How many there are.
        """
        if tools is not None:
            warnings.warn(
                "Counting tokens in tool schemas is not yet supported. Ignoring tools.",
                stacklevel=2,
            )
        from headrace.messages.buffer import get_buffer_string

        return sum(self.get_num_tokens(get_buffer_string([message])) for message in messages)


def ls_params(
    model: BaseLanguageModel[Any],
    provider: str,
    kind: Literal["chat", "llm"],
    stop: Any,
    given: Any,
) -> LangSmithParams:
    """Give what is known of a call by its arguments, else by the model's fields."""
    params = LangSmithParams(ls_provider=provider, ls_model_type=kind)
    if stop:
        params["ls_stop"] = stop

    def known(*names: str, of: Any) -> Any:
        for value in (given.get(names[0]), *(getattr(model, name, None) for name in names)):
            if isinstance(value, of):
                return value
        return None

    name = known("model", "model_name", of=str)
    if name is not None:
        params["ls_model_name"] = name
    temperature = known("temperature", of=(int, float))
    if temperature is not None:
        params["ls_temperature"] = temperature
    max_tokens = known("max_tokens", of=int)
    if max_tokens is not None:
        params["ls_max_tokens"] = max_tokens
    return params


SAID = ("callbacks", "tags", "metadata", "run_name")
"""What a configuration says of runs that `generate` takes as arguments, in lists too."""


def run_of(config: RunnableConfig | None) -> dict[str, Any]:
    """Give what a configuration says of a run, as arguments of `generate`."""
    full = ensure_config(config)
    return {key: full.get(key) for key in (*SAID, "run_id")}
