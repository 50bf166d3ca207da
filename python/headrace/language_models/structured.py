"""Answers of a given shape: a model with one tool for such data, and a parser of its calls."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from headrace.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    JsonOutputToolsParser,
    PydanticToolsParser,
)
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.passthrough import RunnablePassthrough
from headrace.utils.function_calling import convert_to_openai_tool

if TYPE_CHECKING:
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.runnables.runnable import Runnable

__all__ = ["structured"]


def structured(
    model: BaseChatModel, schema: Any, include_raw: bool, kwargs: dict[str, Any]
) -> Runnable[Any, Any]:
    """Make a model answer with data; see `BaseChatModel.with_structured_output`."""
    from headrace.language_models.chat_models import BaseChatModel

    unknown = {key: value for key, value in kwargs.items() if key not in ("method", "strict")}
    if unknown:
        raise ValueError(f"Received unsupported arguments {unknown}")
    if type(model).bind_tools is BaseChatModel.bind_tools:
        raise NotImplementedError("with_structured_output is not implemented for this model.")
    bound = model.bind_tools(
        [schema],
        tool_choice="any",
        ls_structured_output_format={
            "kwargs": {"method": "function_calling"},
            "schema": schema,
        },
    )
    parser: JsonOutputToolsParser
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        parser = PydanticToolsParser(tools=[schema], first_tool_only=True)
    else:
        name = convert_to_openai_tool(schema)["function"]["name"]
        parser = JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
    if not include_raw:
        return bound | parser
    parsed: Any = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    unparsed: Any = RunnablePassthrough.assign(parsed=lambda _: None)
    either = parsed.with_fallbacks([unparsed], exception_key="parsing_error")
    chain: Runnable[Any, Any] = RunnableParallel(raw=bound) | either
    return chain
