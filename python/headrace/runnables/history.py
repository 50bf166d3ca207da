"""`RunnableWithMessageHistory`: a runnable with a stored conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from headrace.messages import AIMessage, BaseMessage, HumanMessage
from headrace.runnables.accepts import parameters
from headrace.runnables.binding import RunnableBindingBase
from headrace.runnables.config import RunnableConfig
from headrace.runnables.function import RunnableLambda
from headrace.runnables.passthrough import RunnablePassthrough
from headrace.runnables.specs import ConfigurableFieldSpec, get_unique_config_specs
from headrace.runnables.type_inference import fields_model, model_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.record import RunRecord
    from headrace.chat_history import BaseChatMessageHistory
    from headrace.runnables.runnable import Runnable

__all__ = ["GetSessionHistoryCallable", "MessagesOrDictWithMessages", "RunnableWithMessageHistory"]

MessagesOrDictWithMessages: TypeAlias = Sequence[BaseMessage] | dict[str, Any]
"""The input or output of a runnable with a history: messages, or a dict that contains them."""

GetSessionHistoryCallable: TypeAlias = "Callable[..., BaseChatMessageHistory]"
"""A function that returns the history of a conversation."""

_SESSION = ConfigurableFieldSpec(
    id="session_id",
    annotation=str,
    name="Session ID",
    description="Unique identifier for a session.",
    default="",
    is_shared=True,
)


class RunnableWithMessageHistory(RunnableBindingBase[Any, Any]):
    """A runnable that receives the messages of a conversation and adds new ones to it.

    The config selects the conversation: `{"configurable": {"session_id": ...}}`, or the keys in
    `history_factory_config`. The new input and output messages are added when a run ends.

    Example:
        ```python
        histories = {}

        def history_of(session_id):
            return histories.setdefault(session_id, InMemoryChatMessageHistory())

        talk = RunnableWithMessageHistory(model, history_of)
        talk.invoke("hello", {"configurable": {"session_id": "1"}})
        ```
    """

    __slots__ = (
        "_history_chain",
        "get_session_history",
        "history_factory_config",
        "history_messages_key",
        "input_messages_key",
        "output_messages_key",
    )

    # The function that finds a history cannot be serialized.
    _saved = ()

    def __init__(
        self,
        runnable: Runnable[Any, Any],
        get_session_history: GetSessionHistoryCallable,
        *,
        input_messages_key: str | None = None,
        output_messages_key: str | None = None,
        history_messages_key: str | None = None,
        history_factory_config: Sequence[ConfigurableFieldSpec] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add a message history to a runnable.

        Args:
            runnable: A runnable whose input is messages or a dict that contains them, and whose
                output is a string, a message, messages or a dict that contains them.
            get_session_history: Returns the history of a conversation. It is called with the
                configurable values: a single value by position, several by keyword.
            input_messages_key: The key of the new messages in the input; needed if the input dict
                has several keys.
            output_messages_key: The key of the new messages in the output; needed if the output
                dict has several keys.
            history_messages_key: The key under which the runnable expects the history. By default
                the history is prepended to the new messages.
            history_factory_config: The configurable fields that identify the conversation;
                defaults to `session_id`.
            **kwargs: Passed to the binding: `kwargs`, `config`, types.
        """
        before: Runnable[Any, Any] = RunnableLambda(
            self._enter_history, self._aenter_history
        ).with_config(run_name="load_history")
        key = history_messages_key or input_messages_key
        if key:
            before = RunnablePassthrough.assign(**{key: before}).with_config(
                run_name="insert_history"
            )
        with_listener = runnable.with_listeners(on_end=self._exit_history)
        with_alistener = runnable.with_alisteners(on_end=self._aexit_history)

        def call(_: Any) -> Any:
            return with_listener

        async def acall(_: Any) -> Any:
            return with_alistener

        chosen: Runnable[Any, Any] = RunnableLambda(call, acall).with_config(
            run_name="check_sync_or_async"
        )
        chain: Runnable[Any, Any] = (before | chosen).with_config(
            run_name="RunnableWithMessageHistory"
        )
        super().__init__(bound=chain, **kwargs)
        self.get_session_history = get_session_history
        self.input_messages_key = input_messages_key
        self.output_messages_key = output_messages_key
        self.history_messages_key = history_messages_key
        self.history_factory_config = list(history_factory_config or [_SESSION])
        self._history_chain = before

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The fields that identify the conversation, and those of the runnable."""
        return get_unique_config_specs([*super().config_specs, *self.history_factory_config])

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema: messages, or a dict if there is a key for them."""
        name = "RunnableWithChatHistoryInput"
        if self.input_messages_key is None:
            return model_of(name, Sequence[BaseMessage])
        kind: Any = Sequence[BaseMessage]
        if self.history_messages_key:
            kind = str | BaseMessage | Sequence[BaseMessage]
        return fields_model(name, {self.input_messages_key: kind})

    @property
    def OutputType(self) -> Any:
        """The output type of the step that loads the history, as in LangChain."""
        return self._history_chain.OutputType

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema as far as it is known."""
        return model_of("RunnableWithChatHistoryOutput", self.OutputType)

    # -- new messages of the input and the output ------------------------------------------------

    def _get_input_messages(self, given: Any) -> list[BaseMessage]:
        if isinstance(given, Mapping):
            given = given[_key_of(given, self.input_messages_key, "input")]
        if isinstance(given, str):
            return [HumanMessage(content=given)]
        if isinstance(given, BaseMessage):
            return [given]
        if isinstance(given, (list, tuple)):
            if given and isinstance(given[0], list):
                # The input of a chat model run: lists of messages.
                if len(given) != 1:
                    raise ValueError(f"Expected a single list of messages. Got {given}.")
                return list(given[0])
            if not any(isinstance(item, str) for item in given):
                return list(given)
            # The input of a text model run: the new part of the prompt cannot be identified.
        raise ValueError(f"Expected {_EXPECTED}. Got {given}.")

    def _get_output_messages(self, given: Any) -> list[BaseMessage]:
        if isinstance(given, Mapping):
            given = given[_key_of(given, self.output_messages_key, "output")]
        if hasattr(given, "generations"):
            candidate = given.generations[0][0]
            given = getattr(candidate, "message", candidate.text)
        if isinstance(given, str):
            return [AIMessage(content=given)]
        if isinstance(given, BaseMessage):
            return [given]
        if isinstance(given, (list, tuple)):
            return list(given)
        raise ValueError(f"Expected {_EXPECTED}. Got {given}.")

    # -- before and after a run --------------------------------------------------------------------

    def _with_history(self, known: Sequence[BaseMessage], given: Any) -> list[BaseMessage]:
        messages = list(known)
        if not self.history_messages_key:
            new = given[self.input_messages_key] if self.input_messages_key else given
            messages += self._get_input_messages(new)
        return messages

    def _enter_history(self, given: Any, config: RunnableConfig) -> list[BaseMessage]:
        return self._with_history(_history_in(config).messages, given)

    async def _aenter_history(self, given: Any, config: RunnableConfig) -> list[BaseMessage]:
        return self._with_history(await _history_in(config).aget_messages(), given)

    def _new_messages(self, run: RunRecord, known: int) -> list[BaseMessage]:
        """Return the new input and output messages of a run, without the first `known` messages."""
        asked = self._get_input_messages(run.inputs)
        return asked[known:] + self._get_output_messages(run.outputs)

    def _exit_history(self, run: RunRecord, config: RunnableConfig) -> None:
        history = _history_in(config)
        known = 0 if self.history_messages_key else len(history.messages)
        history.add_messages(self._new_messages(run, known))

    async def _aexit_history(self, run: RunRecord, config: RunnableConfig) -> None:
        history = _history_in(config)
        known = 0 if self.history_messages_key else len(await history.aget_messages())
        await history.aadd_messages(self._new_messages(run, known))

    def _merge_config(self, config: RunnableConfig | None) -> RunnableConfig:
        return self._merge_configs(config)

    def _each(self, config: Any, count: int) -> Any:
        """Merge the configs of a batch; each call loads its own history."""
        configs = config if isinstance(config, Sequence) else [config] * count
        return [self._merge_configs(one) for one in configs]

    def _merge_configs(self, *configs: RunnableConfig | None) -> RunnableConfig:
        """Merge configs and load the history of the conversation that they select.

        Raises:
            ValueError: If a key that identifies the conversation is missing.
        """
        config = super()._merge_configs(*configs)
        configurable = config.get("configurable") or {}
        expected = [spec.id for spec in self.history_factory_config]
        names = parameters(self.get_session_history)
        names = names[1:] if _is_bound(self.get_session_history) else names
        missing = sorted(set(expected) - configurable.keys())
        if missing and names:
            example = {"configurable": dict.fromkeys(missing, "[your-value-here]")}
            raise ValueError(
                f"Missing keys {missing} in config['configurable'] Expected keys are "
                f"{sorted(expected)}."
                "When using via .invoke() or .stream(), pass in a config; e.g., "
                f"chain.invoke({ {self.input_messages_key: 'foo'} }, {example})"
            )
        if len(expected) == 1:
            given = (configurable[expected[0]],) if names else ()
            history = self.get_session_history(*given)
        else:
            if set(expected) != set(names):
                raise ValueError(
                    f"Expected keys {sorted(expected)} do not match parameter names "
                    f"{sorted(names)} of get_session_history."
                )
            history = self.get_session_history(**{key: configurable[key] for key in expected})
        config["configurable"] = {**configurable, "message_history": history}
        return config


_EXPECTED = "str, BaseMessage, list[BaseMessage], or tuple[BaseMessage]"


def _history_in(config: RunnableConfig) -> BaseChatMessageHistory:
    history: BaseChatMessageHistory = config["configurable"]["message_history"]
    return history


def _key_of(given: Mapping[str, Any], key: str | None, default: str) -> str:
    """Return the key of the messages: the configured one, the only one, or the default."""
    if key:
        return key
    return next(iter(given)) if len(given) == 1 else default


def _is_bound(func: Callable[..., Any]) -> bool:
    """Return True for a bound method, whose first parameter is already passed."""
    return getattr(func, "__self__", None) is not None
