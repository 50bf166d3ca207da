"""`BaseLanguageModel`, the base class of text models and chat models."""

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
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.globals import get_verbose
from headrace.load.dump import dumpd
from headrace.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    MessageLikeRepresentation,
    convert_to_messages,
)
from headrace.outputs import LLMResult
from headrace.prompt_values import (
    ChatPromptValue,
    ChatPromptValueConcrete,
    PromptValue,
    StringPromptValue,
)
from headrace.runnables.config import RunnableConfig, ensure_config, is_watched
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
"""Input of a model: a prompt, a text, or messages in any of their forms."""

LanguageModelOutput: TypeAlias = BaseMessage | str
"""Output of a model: a message from a chat model, a text from a text model."""

LanguageModelLike: TypeAlias = Runnable[LanguageModelInput, LanguageModelOutput]
"""A model, or a runnable used as one."""

LanguageModelOutputVar = TypeVar("LanguageModelOutputVar", AIMessage, str)

ManagerT = TypeVar("ManagerT", CallbackManager, AsyncCallbackManager)
"""A callback manager, sync or async."""


class LangSmithParams(TypedDict, total=False):
    """Facts about a model call, under the names that LangSmith uses."""

    ls_provider: str
    """The provider of the model."""
    ls_model_name: str
    """The name of the model."""
    ls_model_type: Literal["chat", "llm"]
    """The kind of the model."""
    ls_temperature: float | None
    """Sampling temperature."""
    ls_max_tokens: int | None
    """Maximum number of tokens in an answer."""
    ls_stop: list[str] | None
    """Stop sequences."""
    ls_integration: str
    """The integration that calls the model."""


_PACKAGE = ("headrace", __version__)
"""The package that models name in their metadata."""


@cache
def get_tokenizer() -> Any:
    """Load the GPT-2 tokenizer, the default for counting tokens.

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
    """Base class of language models: text or messages in, text or a message out."""

    cache: BaseCache | bool | None = Field(default=None, exclude=True)
    """The cache for answers. True uses the global cache, which must be set; False disables caching;
    None uses the global cache if one is set."""

    verbose: bool = Field(default_factory=get_verbose, exclude=True, repr=False)
    """Whether to print the events of runs."""

    callbacks: list[BaseCallbackHandler] | BaseCallbackManager | None = Field(
        default=None, exclude=True
    )
    """Handlers for this model's runs."""

    tags: list[str] | None = Field(default=None, exclude=True)
    """Tags of this model's runs."""

    metadata: builtins.dict[str, Any] | None = Field(default=None, exclude=True)
    """Metadata of this model's runs."""

    custom_get_token_ids: Callable[[str], list[int]] | None = Field(default=None, exclude=True)
    """Function that returns the token ids of a text, used to count tokens."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def model_post_init(self, context: Any, /) -> None:
        """Record the package version in the model's metadata, for tracing."""
        super().model_post_init(context)
        self._add_version(*_PACKAGE)

    def _add_version(self, pkg: str, version: str) -> None:
        """Record the version of a package that implements this model, in its metadata."""
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
        """Use the global setting if the value is None."""
        return get_verbose() if verbose is None else verbose

    @property
    def InputType(self) -> Any:
        """The input type of a model, for its schema."""
        return Union[str, StringPromptValue, ChatPromptValueConcrete, list[AnyMessage]]  # noqa: UP007

    def to_json(self) -> builtins.dict[str, Any]:
        """Return the serialized form of the model, without secrets; see `Serializable.to_json`."""
        return cast("builtins.dict[str, Any]", hide_secrets(super().to_json()))

    @cached_property
    def _serialized(self) -> builtins.dict[str, Any]:
        """The description of this model that handlers receive."""
        return cast("builtins.dict[str, Any]", dumpd(self))

    def _convert_input(self, model_input: LanguageModelInput) -> PromptValue:
        """Convert an input to a prompt.

        Args:
            model_input: A prompt, a text, or messages in any of their forms.

        Returns:
            The prompt.

        Raises:
            ValueError: If the input has another type.
        """
        if isinstance(model_input, PromptValue):
            return model_input
        if isinstance(model_input, str):
            return StringPromptValue(text=model_input)
        if isinstance(model_input, Sequence):
            return ChatPromptValue(messages=convert_to_messages(model_input))
        raise ValueError(
            f"Invalid input type {type(model_input)}. Must be a PromptValue, str, or list of "
            "BaseMessages."
        )

    @abstractmethod
    def generate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts.

        Args:
            prompts: The prompts.
            stop: Stop sequences.
            callbacks: Handlers for the runs.
            **kwargs: Passed to the provider.

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
        """Async version of `generate_prompt`."""

    def with_structured_output(
        self, schema: builtins.dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any] | BaseModel]:
        """Return this model with structured output, if the model supports it.

        Args:
            schema: The schema of the output.
            **kwargs: Passed to the model.

        Returns:
            A runnable that returns data of that schema.

        Raises:
            NotImplementedError: If the model does not support it.
        """
        raise NotImplementedError

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Return the facts about a call that its metadata includes."""
        return LangSmithParams()

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        """Return the facts about a call, with the defaults for this kind of model."""
        return self._get_ls_params(stop=stop, **kwargs)

    def _guess_ls_params(
        self,
        provider: str,
        kind: Literal["chat", "llm"],
        stop: Any,
        kwargs: builtins.dict[str, Any],
    ) -> LangSmithParams:
        """Return the facts about a call: from its arguments, else from this model's fields."""
        params = LangSmithParams(ls_provider=provider, ls_model_type=kind)
        if stop:
            params["ls_stop"] = stop

        def known(*names: str, types: Any) -> Any:
            for value in (kwargs.get(names[0]), *(getattr(self, name, None) for name in names)):
                if isinstance(value, types):
                    return value
            return None

        name = known("model", "model_name", types=str)
        if name is not None:
            params["ls_model_name"] = name
        temperature = known("temperature", types=(int, float))
        if temperature is not None:
            params["ls_temperature"] = temperature
        max_tokens = known("max_tokens", types=int)
        if max_tokens is not None:
            params["ls_max_tokens"] = max_tokens
        return params

    def _has_observers(self, config: RunnableConfig) -> bool:
        """Return True if runs of this model with this config have handlers."""
        return bool(self.callbacks or self.verbose) or is_watched(config)

    def _configure_manager(
        self,
        kind: type[ManagerT],
        callbacks: Callbacks,
        tags: list[str] | None,
        metadata: Mapping[str, Any] | None,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
    ) -> ManagerT:
        """Return the manager that starts a run of this model.

        Args:
            kind: The class of the manager.
            callbacks: The caller's callbacks. The model's callbacks, tags and metadata are added.
            tags: The caller's tags.
            metadata: The caller's metadata.
            stop: The stop sequences of the call.
            kwargs: The other arguments of the call.

        Returns:
            The manager.
        """
        known = self._get_ls_params_with_defaults(stop=stop, **kwargs)
        manager = kind.configure(
            callbacks,
            self.callbacks,
            self.verbose,
            tags,
            self.tags,
            {**(metadata or {}), **known},
            self.metadata,
        )
        manager.add_invocation_metadata(lambda: self._traced_parameters(stop, kwargs))
        return manager

    def _traced_parameters(
        self, stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> builtins.dict[str, Any]:
        """Return the parameters of a call, without secrets."""
        find = getattr(self, "_get_invocation_params", None)
        params = (
            {**cast("Any", self).dict(), "stop": stop}
            if find is None
            else find(stop=stop, **kwargs)
        )
        return cast("dict[str, Any]", hide_secrets(params))

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        """The parameters that identify this model among models of its class."""
        return self.lc_attributes

    def get_token_ids(self, text: str) -> list[int]:
        """Return the token ids of a text.

        Args:
            text: The text.

        Returns:
            The result of `custom_get_token_ids` if it is set, else the ids of GPT-2.
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
            The number of tokens, as counted by `get_token_ids`.
        """
        return len(self.get_token_ids(text))

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages, formatted as text with their roles.

        Args:
            messages: The messages.
            tools: Not counted: models that count them override this.

        Returns:
            The number of tokens.
        """
        if tools is not None:
            warnings.warn(
                "Counting tokens in tool schemas is not yet supported. Ignoring tools.",
                stacklevel=2,
            )
        from headrace.messages.buffer import get_buffer_string

        return sum(self.get_num_tokens(get_buffer_string([message])) for message in messages)


RUN_KEYS = ("callbacks", "tags", "metadata", "run_name")
"""The keys of a config that `generate` takes as arguments, also as lists."""


def run_arguments(config: RunnableConfig | None) -> dict[str, Any]:
    """Return the parts of a config that describe a run, as arguments of `generate`."""
    full = ensure_config(config)
    return {key: full.get(key) for key in (*RUN_KEYS, "run_id")}
