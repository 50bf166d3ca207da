"""Answering from documents: a retriever before a model, streamed. No key, no network.

Run it with `python examples/retrieval.py`; it needs `pip install 'headrace[faiss]'`.
"""

from hashing_embeddings import HashingEmbeddings

from headrace.documents import Document
from headrace.language_models import ReplayChatModel
from headrace.output_parsers import StrOutputParser
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import Runnable, RunnablePassthrough
from headrace.vectorstores import VectorStoreRetriever
from headrace.vectorstores.faiss import FAISS

TEXTS = ["harrison worked at kensho", "harrison likes spicy food"]
QUESTION = "where did harrison work?"
# What a model would say; this one says it whatever it is asked.
ANSWER = "Based on the given context, Harrison worked at Kensho."
TEMPLATE = """Answer the question based only on the following context:
{context}

Question: {question}
"""


def make_retriever() -> VectorStoreRetriever:
    """Make a retriever over `TEXTS`."""
    return FAISS.from_texts(TEXTS, HashingEmbeddings()).as_retriever()


def make_chain(retriever: Runnable[str, list[Document]]) -> Runnable[str, str]:
    """Make the chain that answers a question; the retriever's runs are called `Docs`."""
    return (
        {"context": retriever.with_config(run_name="Docs"), "question": RunnablePassthrough()}
        | ChatPromptTemplate.from_template(TEMPLATE)
        | ReplayChatModel(ANSWER)
        | StrOutputParser()
    )


def main() -> None:
    """Show what the retriever finds, and the answer as it comes."""
    retriever = make_retriever()
    # A retriever has its documents all at once: they are one chunk.
    for documents in retriever.stream(QUESTION):
        print([document.page_content for document in documents])
    # The model behind it streams all the same.
    for chunk in make_chain(retriever).stream(QUESTION):
        print(chunk, end="|", flush=True)
    print()


if __name__ == "__main__":
    main()
