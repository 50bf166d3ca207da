"""Start of a model's run: whether it has handlers, and the arguments of the start event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.inputs import for_observers
from headrace.runnables.config import is_watched
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.callbacks.base import Callbacks
    from headrace.language_models.base import BaseLanguageModel
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.messages import BaseMessage
    from headrace.runnables.config import RunnableConfig

__all__ = ["ManagerT", "configured", "has_observers", "take_format", "told"]

ManagerT = TypeVar("ManagerT", CallbackManager, AsyncCallbackManager)


def has_observers(model: BaseLanguageModel[Any], config: RunnableConfig) -> bool:
    """Return True if runs of a model with this config have handlers."""
    return bool(model.callbacks or model.verbose) or is_watched(config)


def configured(
    kind: type[ManagerT],
    model: BaseLanguageModel[Any],
    callbacks: Callbacks,
    tags: list[str] | None,
    metadata: Mapping[str, Any] | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> ManagerT:
    """Return the manager that starts a run of a model.

    Args:
        kind: The class of the manager.
        model: The model.
        callbacks: The caller's callbacks. The model's callbacks, tags and metadata are added.
        tags: The caller's tags.
        metadata: The caller's metadata.
        stop: The stop sequences of the call.
        kwargs: The other arguments of the call.

    Returns:
        The manager.
    """
    known = model._get_ls_params_with_defaults(stop=stop, **kwargs)
    manager = kind.configure(
        callbacks,
        model.callbacks,
        model.verbose,
        tags,
        model.tags,
        {**(metadata or {}), **known},
        model.metadata,
    )
    manager.add_invocation_metadata(lambda: _parameters(model, stop, kwargs))
    return manager


def _parameters(
    model: BaseLanguageModel[Any], stop: list[str] | None, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return the parameters of a call, without secrets."""
    find = getattr(model, "_get_invocation_params", None)
    params = (
        {**cast("Any", model).dict(), "stop": stop} if find is None else find(stop=stop, **kwargs)
    )
    return cast("dict[str, Any]", hide_secrets(params))


def take_format(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Remove the structured output schema from a call's arguments; only handlers receive it.

    Args:
        kwargs: The arguments. They are modified.

    Returns:
        The options that handlers receive.
    """
    given = kwargs.pop("ls_structured_output_format", None)
    # Like LangChain: if the newer name is given, the older one is passed to the provider.
    given = given or kwargs.pop("structured_output_format", None)
    if not given:
        return {}
    from headrace.utils.function_calling import convert_to_json_schema

    try:
        schema = convert_to_json_schema(given["schema"])
    except ValueError:
        return {}
    return {"ls_structured_output_format": {"kwargs": given.get("kwargs", {}), "schema": schema}}


def told(
    model: BaseChatModel,
    messages: Sequence[Sequence[BaseMessage]],
    stop: list[str] | None,
    kwargs: dict[str, Any],
    options: dict[str, Any],
    *,
    named: bool,
) -> tuple[dict[str, Any], list[list[BaseMessage]], dict[str, Any]]:
    """Return the arguments of the start event for runs of a chat model.

    Args:
        model: The model.
        messages: The inputs.
        stop: The stop sequences of the call.
        kwargs: The other arguments of the call.
        options: Options to report besides `stop`.
        named: If true, the other arguments are options, too.

    Returns:
        The description of the model, the inputs, and the keyword arguments.
    """
    params = hide_secrets(model._get_invocation_params(stop=stop, **kwargs))
    given = {key: params[key] for key in kwargs if key in params} if named else {}
    more = {
        "invocation_params": params,
        "options": {"stop": stop, **given, **options},
        "batch_size": len(messages),
    }
    return model._serialized, [for_observers(one) for one in messages], more
