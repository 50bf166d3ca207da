"""Tools: functions and runnables that models can call."""

from headrace.exceptions import SchemaAnnotationError, ToolException
from headrace.tools.base import ArgsSchema, BaseTool, BaseToolkit
from headrace.tools.convert import convert_runnable_to_tool, tool
from headrace.tools.plan import config_parameter as _get_runnable_config_param
from headrace.tools.render import (
    ToolsRenderer,
    render_text_description,
    render_text_description_and_args,
)
from headrace.tools.retriever import RetrieverInput, create_retriever_tool
from headrace.tools.simple import Tool
from headrace.tools.structured import StructuredTool
from headrace.utils.function_schema import FILTERED_ARGS, create_schema_from_function
from headrace.utils.injection import InjectedToolArg, InjectedToolCallId

__all__ = [
    "FILTERED_ARGS",
    "ArgsSchema",
    "BaseTool",
    "BaseToolkit",
    "InjectedToolArg",
    "InjectedToolCallId",
    "RetrieverInput",
    "SchemaAnnotationError",
    "StructuredTool",
    "Tool",
    "ToolException",
    "ToolsRenderer",
    "_get_runnable_config_param",
    "convert_runnable_to_tool",
    "create_retriever_tool",
    "create_schema_from_function",
    "render_text_description",
    "render_text_description_and_args",
    "tool",
]
