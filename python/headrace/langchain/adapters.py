"""Adapters of runnables, models and tools, in both directions: `to_langchain`, `from_langchain`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel as TheirChatModel
from langchain_core.language_models import BaseLanguageModel as TheirModel
from langchain_core.messages import BaseMessage as TheirMessage
from langchain_core.outputs import ChatResult as TheirResult
from langchain_core.runnables import Runnable as TheirRunnable
from langchain_core.runnables import RunnableBinding as TheirBinding
from langchain_core.tools import BaseTool as TheirTool
from pydantic import Field
from typing_extensions import Self

from headrace.langchain.crossing import INTO_HEADRACE, INTO_LANGCHAIN, Crossing
from headrace.langchain.errors import as_langchain_errors
from headrace.langchain.values import value_from_langchain, value_to_langchain
from headrace.language_models.chat_models import BaseChatModel
from headrace.runnables.binding import RunnableBinding
from headrace.runnables.coerce import coerce_to_runnable
from headrace.runnables.runnable import Runnable
from headrace.tools.base import BaseTool
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = [
    "HeadraceBoundModel",
    "HeadraceChatModel",
    "HeadraceRunnable",
    "HeadraceTool",
    "LangChainModel",
    "LangChainRunnable",
    "LangChainTool",
    "from_langchain",
    "to_langchain",
]

_SHARED_FIELDS = (
    "name",
    "description",
    "args_schema",
    "return_direct",
    "response_format",
    "extras",
)
"""The fields with the same meaning in both libraries; the inner tool applies the others."""

_CONFIG_KEYS = ("callbacks", "tags", "metadata", "run_name", "run_id")


def to_langchain(runnable: Any) -> TheirRunnable[Any, Any]:
    """Convert a headrace runnable to a LangChain runnable, for its chains, graphs and agents.

    Inputs are converted to headrace classes and outputs to LangChain classes; `from_langchain`
    does the opposite. If LangChain has callbacks, they are notified of the inner runs with the same
    ids, so LangChain's `astream_events` includes the inner steps.

    Args:
        runnable: A headrace runnable, or a function, generator function or dict that can be
            converted to one.

    Returns:
        A chat model for a chat model, a binding for a model with bound arguments, a tool for a
        tool. Runnables that wrap a model have `bind_tools` and `with_structured_output`. A result
        of `from_langchain` is unwrapped.

    Raises:
        TypeError: If `runnable` cannot be converted.
    """
    if isinstance(runnable, (LangChainRunnable, LangChainTool)):
        return cast("TheirRunnable[Any, Any]", runnable.inner)
    if isinstance(runnable, BaseTool):
        return HeadraceTool.of(runnable)
    if isinstance(runnable, BaseChatModel):
        return HeadraceChatModel(inner=runnable)
    if isinstance(runnable, RunnableBinding) and isinstance(runnable.bound, BaseChatModel):
        return HeadraceBoundModel.of(runnable)
    coerced: Runnable[Any, Any] = coerce_to_runnable(runnable)
    stands_for_model = callable(getattr(coerced, "bind_tools", None))
    return (HeadraceModel if stands_for_model else HeadraceRunnable)(coerced)


def from_langchain(runnable: Any) -> Runnable[Any, Any]:
    """Convert a LangChain runnable to a headrace runnable, for use in headrace chains.

    Inputs are converted to LangChain classes and outputs to headrace classes: messages, prompt
    values, documents and generations, also inside dicts, lists and tuples. The config is converted
    too: tags, metadata, name, id and so on. If there are callbacks, they are notified of the inner
    LangChain runs with the same ids.

    Args:
        runnable: A LangChain runnable: a model, chain, prompt, parser, retriever, tool or a
            LangGraph graph.

    Returns:
        A tool for a tool; a runnable with `bind_tools` and `with_structured_output` for a model. A
        result of `to_langchain` is unwrapped.

    Raises:
        TypeError: If `runnable` is not a LangChain runnable.
    """
    if isinstance(
        runnable, (HeadraceRunnable, HeadraceChatModel, HeadraceBoundModel, HeadraceTool)
    ) and (runnable.inner is not None):
        return cast("Runnable[Any, Any]", runnable.inner)
    if isinstance(runnable, TheirTool):
        return LangChainTool.of(runnable)
    if isinstance(runnable, TheirRunnable):
        # Bindings and configurable alternatives of a model wrap a model.
        stands_for_model = callable(getattr(runnable, "bind_tools", None))
        if stands_for_model or isinstance(runnable, TheirModel):
            return LangChainModel(runnable)
        return LangChainRunnable(runnable)
    raise TypeError(f"from_langchain expects a Runnable of langchain-core, not {type(runnable)!r}")


# -- what both directions share --------------------------------------------------------------------


class _Forwarding:
    """A mixin that forwards the methods of a runnable to one of the other library.

    List it before the base class of either library.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        crossing: Crossing
        """The direction from the caller's library into that of `inner`."""

        inner: Any
        """What is adapted."""

    @staticmethod
    @abstractmethod
    def _adapt(runnable: Any) -> Any:
        """Adapt another runnable in the same direction."""

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of the inner runnable."""
        return str(self.inner.get_name(suffix, name=name))

    # -- running -----------------------------------------------------------------------------------

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the inner runnable."""
        return self.crossing.invoke(self.inner, input, config, kwargs)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the inner runnable."""
        return await self.crossing.ainvoke(self.inner, input, config, kwargs)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Stream the inner runnable."""
        return self.crossing.stream(self.inner, input, config, kwargs)

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Stream the inner runnable."""
        return self.crossing.astream(self.inner, input, config, kwargs)

    def transform(self, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Transform a stream with the inner runnable."""
        return self.crossing.transform(self.inner, input, config, kwargs)

    def atransform(
        self, input: AsyncIterator[Any], config: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Transform a stream with the inner runnable."""
        return self.crossing.atransform(self.inner, input, config, kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Run the inner runnable on each input."""
        return self.crossing.batch(self.inner, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Run the inner runnable on each input."""
        return await self.crossing.abatch(self.inner, inputs, config, return_exceptions, kwargs)

    # -- schemas -----------------------------------------------------------------------------------

    @property
    def InputType(self) -> Any:
        """The input type of the inner runnable."""
        return self.inner.InputType

    @property
    def OutputType(self) -> Any:
        """The output type of the inner runnable."""
        return self.inner.OutputType

    def get_input_schema(self, config: Any = None) -> type[BaseModel]:
        """Return the input schema of the inner runnable."""
        converted = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_input_schema(converted))

    def get_output_schema(self, config: Any = None) -> type[BaseModel]:
        """Return the output schema of the inner runnable."""
        converted = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_output_schema(converted))

    @property
    def config_specs(self) -> list[Any]:
        """The configurable fields of the inner runnable."""
        here = self.crossing.here
        return [here.ConfigurableFieldSpec(**spec._asdict()) for spec in self.inner.config_specs]

    def configurable_fields(self, **fields: Any) -> Any:
        """Allow the config to set fields of the inner runnable.

        Args:
            **fields: The `ConfigurableField` of each field, from either library.

        Returns:
            The runnable with configurable fields.
        """
        there = self.crossing.there
        converted = {
            name: getattr(there, type(field).__name__)(**field._asdict())
            for name, field in fields.items()
        }
        return self._adapt(self.inner.configurable_fields(**converted))


class _ModelMixin(_Forwarding):
    """A mixin for adapters of models, and of runnables that wrap a model."""

    __slots__ = ()

    @staticmethod
    @abstractmethod
    def _convert_tool(tool: Any) -> Any:
        """Convert a tool for the model of the other library."""

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> Any:
        """Bind tools to the model.

        Args:
            tools: Tools of either library, functions, classes or schemas.
            **kwargs: Passed to the model.

        Returns:
            The model with the tools.
        """
        converted = [self._convert_tool(one) for one in tools]
        return self._adapt(self.inner.bind_tools(converted, **kwargs))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        """Return a model whose output matches a schema.

        Args:
            schema: The schema.
            **kwargs: Passed to the model.

        Returns:
            The model with structured output.
        """
        return self._adapt(self.inner.with_structured_output(schema, **kwargs))

    def get_num_tokens_from_messages(
        self, messages: Sequence[Any], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages.

        Args:
            messages: The messages.
            tools: The tools sent with the messages.

        Returns:
            The number of tokens.
        """
        converted = self.crossing.into(list(messages))
        more = () if tools is None else ([self._convert_tool(one) for one in tools],)
        return int(self.inner.get_num_tokens_from_messages(converted, *more))


class _ToolMixin(_Forwarding):
    """A mixin for adapted tools."""

    if TYPE_CHECKING:
        name: str

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments that the model provides, by name."""
        return cast("dict[str, Any]", self.inner.args)

    @property
    def tool_call_schema(self) -> Any:
        """The schema of the arguments that the model provides."""
        return self.inner.tool_call_schema

    def run(self, tool_input: Any, *, tool_call_id: str | None = None, **options: Any) -> Any:
        """Run the tool on arguments, with the config of the run as keyword arguments."""
        value, config = _invoke_arguments(tool_input, tool_call_id, self.name, options)
        return self.invoke(value, config, **options)

    async def arun(
        self, tool_input: Any, *, tool_call_id: str | None = None, **options: Any
    ) -> Any:
        """Run the tool on arguments; see `run`."""
        value, config = _invoke_arguments(tool_input, tool_call_id, self.name, options)
        return await self.ainvoke(value, config, **options)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.invoke(args[0] if args else kwargs)


def _shared_fields(tool: Any, kind: Any) -> dict[str, Any]:
    known = type(tool).model_fields
    return {
        name: getattr(tool, name)
        for name in _SHARED_FIELDS
        if name in known and name in kind.model_fields
    }


def _invoke_arguments(
    tool_input: Any, tool_call_id: str | None, name: str, options: dict[str, Any]
) -> Any:
    """Convert the arguments of `run` to the input and the config of `invoke`."""
    config = dict(options.pop("config", None) or {})
    for key in _CONFIG_KEYS:
        value = options.pop(key, None)
        if value is not None:
            config[key] = value
    for key in ("verbose", "start_color", "color"):
        options.pop(key, None)
    if tool_call_id is not None:
        args = {"__arg1": tool_input} if isinstance(tool_input, str) else tool_input
        tool_input = {"type": "tool_call", "name": name, "args": args, "id": tool_call_id}
    return tool_input, config


# -- headrace in LangChain -------------------------------------------------------------------------


class _ToHeadrace(_Forwarding):
    """A mixin that forwards from LangChain to a headrace runnable."""

    __slots__ = ()
    crossing = INTO_HEADRACE

    @staticmethod
    def _adapt(runnable: Any) -> Any:
        return to_langchain(runnable)


class HeadraceRunnable(_ToHeadrace, TheirRunnable[Any, Any]):
    """A LangChain runnable that forwards to a headrace runnable.

    Attributes:
        inner: The headrace runnable.
    """

    def __init__(self, inner: Runnable[Any, Any]) -> None:
        """Adapt a runnable; `to_langchain` selects the right class.

        Args:
            inner: The headrace runnable.
        """
        self.inner = inner
        self.name = getattr(inner, "name", None)

    def __repr__(self) -> str:
        return f"to_langchain({self.inner!r})"


class _HeadraceModelMixin(_ModelMixin, _ToHeadrace):
    """A mixin for headrace models adapted to LangChain."""

    @staticmethod
    def _convert_tool(tool: Any) -> Any:
        return _tool_from_langchain(tool)


class HeadraceModel(_HeadraceModelMixin, HeadraceRunnable):
    """An adapter of a runnable that wraps a model: with fallbacks, or selected by the config."""


class HeadraceChatModel(_HeadraceModelMixin, TheirChatModel):
    """A LangChain chat model that forwards to a headrace model, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The headrace chat model."""

    @property
    def _llm_type(self) -> str:
        return cast("str", self.inner._llm_type)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return dict(hide_secrets(self.inner._identifying_params))

    def _resolve_model_profile(self) -> Any:
        return self.inner.profile

    def _generate(
        self,
        messages: list[TheirMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> TheirResult:
        """Generate for `generate`, whose runs LangChain creates."""
        with as_langchain_errors():
            converted = value_from_langchain(messages)
            return cast(
                "TheirResult", value_to_langchain(self.inner._generate(converted, stop, **kwargs))
            )

    async def _agenerate(
        self,
        messages: list[TheirMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> TheirResult:
        """Generate for `agenerate`, whose runs LangChain creates."""
        with as_langchain_errors():
            converted = value_from_langchain(messages)
            answer = await self.inner._agenerate(converted, stop, **kwargs)
            return cast("TheirResult", value_to_langchain(answer))

    def get_token_ids(self, text: str) -> list[int]:
        """Return the token ids of a string."""
        return cast("list[int]", self.inner.get_token_ids(text))


class HeadraceBoundModel(TheirBinding[Any, Any]):
    """A LangChain binding of a headrace chat model with bound arguments, such as tools.

    It subclasses LangChain's binding, since agents read the tools from it and derived bindings have
    the same class.
    """

    inner: Any = Field(default=None, exclude=True)
    """The headrace binding; None for a binding derived from the result of `to_langchain`."""

    @classmethod
    def of(cls, binding: RunnableBinding[Any, Any]) -> Self:
        """Adapt a binding; its config stays with the model."""
        model: Any = binding.bound
        if binding.config or binding.config_factories:
            model = RunnableBinding(
                bound=model, config=binding.config, config_factories=binding.config_factories
            )
        return cls(bound=HeadraceChatModel(inner=model), kwargs=binding.kwargs, inner=binding)


class HeadraceTool(_ToolMixin, _ToHeadrace, TheirTool):  # type: ignore[misc]
    """A LangChain tool that forwards to a headrace tool, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The headrace tool."""

    @classmethod
    def of(cls, tool: BaseTool) -> Self:
        """Adapt a tool."""
        return cls(**_shared_fields(tool, cls), inner=tool)


def _tool_from_langchain(tool: Any) -> Any:
    """Convert a LangChain tool for a headrace model; other values are returned as is."""
    if isinstance(tool, HeadraceTool):
        return tool.inner
    return LangChainTool.of(tool) if isinstance(tool, TheirTool) else tool


# -- LangChain in headrace -------------------------------------------------------------------------


class _ToLangChain(_Forwarding):
    """A mixin that forwards from headrace to a LangChain runnable."""

    __slots__ = ()
    crossing = INTO_LANGCHAIN

    @staticmethod
    def _adapt(runnable: Any) -> Any:
        return from_langchain(runnable)


class LangChainRunnable(_ToLangChain, Runnable[Any, Any]):
    """A headrace runnable that forwards to a LangChain runnable; it has no run of its own.

    Other attributes are looked up on the inner runnable.

    Attributes:
        inner: The LangChain runnable.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: TheirRunnable[Any, Any]) -> None:
        """Adapt a runnable; `from_langchain` selects the right class.

        Args:
            inner: The LangChain runnable.
        """
        self.inner = inner

    def __repr__(self) -> str:
        return f"from_langchain({self.inner!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LangChainRunnable) and bool(self.inner == other.inner)

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.inner,)


class LangChainModel(_ModelMixin, LangChainRunnable):
    """A headrace runnable that forwards to a LangChain model."""

    __slots__ = ()

    @staticmethod
    def _convert_tool(tool: Any) -> Any:
        return _tool_to_langchain(tool)


class LangChainTool(_ToolMixin, _ToLangChain, BaseTool):  # type: ignore[misc]
    """A headrace tool that forwards to a LangChain tool, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The LangChain tool."""

    @classmethod
    def of(cls, tool: TheirTool) -> Self:
        """Adapt a tool."""
        return cls(**_shared_fields(tool, cls), inner=tool)


def _tool_to_langchain(tool: Any) -> Any:
    """Convert a headrace tool for a LangChain model; other values are returned as is."""
    if isinstance(tool, LangChainTool):
        return tool.inner
    return HeadraceTool.of(tool) if isinstance(tool, BaseTool) else tool
