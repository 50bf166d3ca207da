"""Retrievers as tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from headrace.tools.structured import StructuredTool

if TYPE_CHECKING:
    from headrace.documents import Document
    from headrace.runnables.runnable import Runnable

__all__ = ["RetrieverInput", "create_retriever_tool"]


class RetrieverInput(BaseModel):
    """Input to the retriever."""

    query: str = Field(description="query to look up in retriever")


def create_retriever_tool(
    retriever: Runnable[str, list[Document]],
    name: str,
    description: str,
    *,
    document_prompt: Any = None,
    document_separator: str = "\n\n",
    response_format: Literal["content", "content_and_artifact"] = "content",
) -> StructuredTool:
    """Create a tool that searches with a retriever.

    Args:
        retriever: The retriever, or any runnable from a query to documents.
        name: The name of the tool.
        description: The description of the tool.
        document_prompt: A prompt that formats a document from `page_content` and metadata keys;
            by default only the text is used.
        document_separator: The separator between documents.
        response_format: `content_and_artifact` adds the documents as the artifact.

    Returns:
        The tool.
    """

    def answer(texts: list[str], documents: list[Document]) -> Any:
        content = document_separator.join(texts)
        return (content, documents) if response_format == "content_and_artifact" else content

    def func(query: str) -> Any:
        documents = retriever.invoke(query)
        if document_prompt is None:
            return answer([document.page_content for document in documents], documents)
        texts = [
            document_prompt.format(**_prompt_variables(one, document_prompt)) for one in documents
        ]
        return answer(texts, documents)

    async def afunc(query: str) -> Any:
        documents = await retriever.ainvoke(query)
        if document_prompt is None:
            return answer([document.page_content for document in documents], documents)
        texts = [
            await document_prompt.aformat(**_prompt_variables(one, document_prompt))
            for one in documents
        ]
        return answer(texts, documents)

    return StructuredTool(
        name=name,
        description=description,
        func=func,
        coroutine=afunc,
        args_schema=RetrieverInput,
        response_format=response_format,
    )


def _prompt_variables(document: Document, prompt: Any) -> dict[str, Any]:
    """Return the variables of a prompt for a document.

    Raises:
        ValueError: If the metadata of the document lacks a variable.
    """
    known = {"page_content": document.page_content, **document.metadata}
    missing = [name for name in prompt.input_variables if name not in known]
    if missing:
        needed = [name for name in prompt.input_variables if name != "page_content"]
        raise ValueError(
            f"Document prompt requires documents to have metadata variables: {needed}. "
            f"Received document with missing metadata: {missing}."
        )
    return {name: known[name] for name in prompt.input_variables}
