"""How a run of a model starts: whether anybody observes it, and what they are told."""

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
    """Whether anybody observes the runs of a model that are started with `config`."""
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
    """Give the manager through which a run of a model is started.

    Args:
        kind: Of which kind.
        model: The model.
        callbacks: What the caller said; the model's own is added, as tags and metadata are.
        tags: What the caller said.
        metadata: What the caller said.
        stop: An argument of the call.
        kwargs: The others.

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
    params = {**model.dict(), "stop": stop} if find is None else find(stop=stop, **kwargs)
    return cast("dict[str, Any]", hide_secrets(params))


def take_format(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Take the shape of a structured answer out of a call's arguments: observers alone are told.

    Args:
        kwargs: The arguments, which are changed.

    Returns:
        What observers are told of it.
    """
    given = kwargs.pop("ls_structured_output_format", None)
    # as the reference has it: the older name goes to the provider where the newer one is given
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
    """Give what observers are told when runs of a chat model start.

    Args:
        model: The model.
        messages: The inputs.
        stop: An argument of the call.
        kwargs: The others.
        options: Options to tell beside `stop`.
        named: Whether the arguments are options, too.

    Returns:
        A description of the model, the inputs, and more by name.
    """
    params = hide_secrets(model._get_invocation_params(stop=stop, **kwargs))
    given = {key: params[key] for key in kwargs if key in params} if named else {}
    more = {
        "invocation_params": params,
        "options": {"stop": stop, **given, **options},
        "batch_size": len(messages),
    }
    return model._serialized, [for_observers(one) for one in messages], more
