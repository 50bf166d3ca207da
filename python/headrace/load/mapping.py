"""Serialized ids of LangChain's classes, and the headrace class that each id loads."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CORE_PATHS",
    "MESSAGE_NAMES",
    "OLD_CORE_NAMESPACES_MAPPING",
    "SERIALIZABLE_MAPPING",
    "Path",
]

Path = tuple[str, ...]
"""A module path and a class name, as in the `id` of a serialized object."""

MESSAGE_NAMES: Final = frozenset(
    {
        "AIMessage",
        "AIMessageChunk",
        "HumanMessage",
        "HumanMessageChunk",
        "RemoveMessage",
        "SystemMessage",
        "SystemMessageChunk",
        "ToolMessage",
        "ToolMessageChunk",
    }
)
"""The classes that `allowed_objects="messages"` permits."""

# Columns: namespace that serialized objects name, LangChain's module, headrace's module, classes.
_CORE = """
langchain.schema.messages messages.ai messages.ai AIMessage AIMessageChunk
langchain.schema.messages messages.base messages.base BaseMessage BaseMessageChunk
langchain.schema.messages messages.chat messages.chat ChatMessage ChatMessageChunk
langchain.schema.messages messages.function messages.function FunctionMessage FunctionMessageChunk
langchain.schema.messages messages.human messages.human HumanMessage HumanMessageChunk
langchain.schema.messages messages.modifier messages.modifier RemoveMessage
langchain.schema.messages messages.system messages.system SystemMessage SystemMessageChunk
langchain.schema.messages messages.tool messages.tool ToolMessage ToolMessageChunk
langchain.schema.prompt_template prompts.base prompts.base BasePromptTemplate
langchain.schema.prompt_template prompts.chat prompts.chat BaseChatPromptTemplate
langchain.prompts.prompt prompts.prompt prompts.prompt PromptTemplate
langchain.prompts.base prompts.string prompts.string StringPromptTemplate
langchain.prompts.chat prompts.chat prompts.chat ChatPromptTemplate MessagesPlaceholder
langchain.prompts.chat prompts.chat prompts.chat AIMessagePromptTemplate BaseMessagePromptTemplate
langchain.prompts.chat prompts.chat prompts.chat ChatMessagePromptTemplate
langchain.prompts.chat prompts.chat prompts.chat HumanMessagePromptTemplate
langchain.prompts.chat prompts.chat prompts.chat SystemMessagePromptTemplate
langchain.prompts.chat prompts.chat prompts.chat BaseStringMessagePromptTemplate
langchain.prompts.image prompts.image prompts.image ImagePromptTemplate
langchain.prompts.few_shot_with_templates prompts.few_shot_with_templates \
prompts.few_shot_with_templates FewShotPromptWithTemplates
langchain_core.prompts.structured prompts.structured prompts.structured StructuredPrompt
langchain_core.prompts.dict prompts.dict prompts.dict DictPromptTemplate
langchain.schema.prompt prompt_values prompt_values PromptValue
langchain.prompts.base prompt_values prompt_values StringPromptValue
langchain.prompts.chat prompt_values prompt_values ChatPromptValue ChatPromptValueConcrete
langchain.schema.prompt prompt_values prompt_values ImagePromptValue
langchain.schema.output outputs.chat_generation outputs ChatGeneration ChatGenerationChunk
langchain.schema.output outputs.generation outputs Generation GenerationChunk
langchain.schema.document documents.base documents.base Document
langchain.schema.output_parser output_parsers.string output_parsers.string StrOutputParser
langchain.output_parsers.list output_parsers.list output_parsers.list \
CommaSeparatedListOutputParser
langchain.schema.runnable runnables.base runnables.base RunnableBinding RunnableBindingBase
langchain.schema.runnable runnables.base runnables.base RunnableEach RunnableParallel
langchain.schema.runnable runnables.base runnables.base RunnableSequence
langchain.schema.runnable runnables.branch runnables.branch RunnableBranch
langchain.schema.runnable runnables.configurable runnables.configurable DynamicRunnable
langchain.schema.runnable runnables.configurable runnables.configurable \
RunnableConfigurableAlternatives RunnableConfigurableFields
langchain.schema.runnable runnables.fallbacks runnables.fallbacks RunnableWithFallbacks
langchain.schema.runnable runnables.history runnables.history RunnableWithMessageHistory
langchain.schema.runnable runnables.passthrough runnables.assign RunnableAssign
langchain.schema.runnable runnables.passthrough runnables.passthrough RunnablePassthrough
langchain.schema.runnable runnables.passthrough runnables.pick RunnablePick
langchain.schema.runnable runnables.retry runnables.retry RunnableRetry
langchain.schema.runnable runnables.router runnables.router RouterRunnable
"""

# Columns: serialized namespace, name in it, headrace's module, class.
_PROVIDERS = """
langchain.chat_models.openai ChatOpenAI providers.openai ChatOpenAI
langchain.chat_models.azure_openai AzureChatOpenAI providers.openai AzureChatOpenAI
langchain.llms.openai OpenAI providers.openai OpenAI
langchain.chat_models.anthropic ChatAnthropic providers.anthropic ChatAnthropic
"""

# Ids that versions of LangChain before 0.1, and LangChain for JavaScript, write.
_OLDER = """
langchain.schema AIMessage messages.ai AIMessage
langchain.schema ChatMessage messages.chat ChatMessage
langchain.schema FunctionMessage messages.function FunctionMessage
langchain.schema HumanMessage messages.human HumanMessage
langchain.schema SystemMessage messages.system SystemMessage
langchain.schema.prompt_template ImagePromptTemplate prompts.image ImagePromptTemplate
langchain_core.prompts.message _DictMessagePromptTemplate prompts.dict DictPromptTemplate
"""


def _path(dotted: str, name: str) -> Path:
    return (*dotted.split("."), name)


def _read_core() -> tuple[dict[Path, Path], dict[Path, Path]]:
    serialized: dict[Path, Path] = {}
    by_module: dict[Path, Path] = {}
    for line in _CORE.strip().splitlines():
        namespace, module, home, *names = line.split()
        for name in names:
            target = _path(f"headrace.{home}", name)
            serialized[_path(namespace, name)] = target
            by_module[_path(f"langchain_core.{module}", name)] = target
            by_module[target] = target
            if module.startswith("messages."):
                by_module[_path("langchain_core.messages", name)] = target
    return serialized, by_module


def _read(table: str) -> dict[Path, Path]:
    rows = (line.split() for line in table.strip().splitlines())
    return {
        _path(namespace, name): _path(f"headrace.{home}", cls)
        for namespace, name, home, cls in rows
    }


_serialized, OLD_CORE_NAMESPACES_MAPPING = _read_core()
"""LangChain's module paths, and those of headrace, of the same classes."""

_providers = _read(_PROVIDERS)

SERIALIZABLE_MAPPING: dict[Path, Path] = {**_serialized, **_read(_OLDER), **_providers}
"""The id that each class is written with, and where headrace has the class."""

CORE_PATHS: Final = frozenset({*_serialized, *_read(_OLDER), *OLD_CORE_NAMESPACES_MAPPING})
"""The ids that `allowed_objects="core"` permits: everything but the providers' models."""
