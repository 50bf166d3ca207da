"""Streaming the output of models and chains."""

import sys
from pathlib import Path

import pytest

from .kit import LIBRARIES, collected
from .scripts import COUNTRIES, COUNTRIES_QUESTION, JOKE, SKY, snapshots

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_model_streams_in_sync_and_async_code(both):
    async def program(kit):
        model = kit.says(SKY)
        chunks = list(model.stream("what color is the sky?"))
        again = [chunk async for chunk in model.astream("what color is the sky?")]
        assert [chunk.content for chunk in chunks] == SKY
        return chunks, again

    both(program)


def test_chunks_add_up(both):
    async def program(kit):
        chunks = [chunk async for chunk in kit.says(SKY).astream("what color is the sky?")]
        total = chunks[0] + chunks[1] + chunks[2] + chunks[3] + chunks[4]
        assert isinstance(chunks[0], kit.AIMessageChunk)
        assert total.content == "The sky is blue during"
        assert total.id == chunks[0].id
        assert chunks[0].content == "The"
        return total

    both(program)


def test_the_first_chunk_is_shown_as_the_reference_shows_it(both):
    async def program(kit):
        chunks = [chunk async for chunk in kit.says(SKY).astream("what color is the sky?")]
        return repr(chunks[0]), str(chunks[0])

    both(program)


def test_a_chain_of_prompt_model_and_parser(both):
    async def program(kit):
        prompt = kit.ChatPromptTemplate.from_template("tell me a joke about {topic}")
        chain = prompt | kit.says(JOKE) | kit.StrOutputParser()
        pieces = [chunk async for chunk in chain.astream({"topic": "parrot"})]
        assert pieces == list(chain.stream({"topic": "parrot"}))
        assert "".join(pieces) == JOKE
        assert len(pieces) > 20
        return pieces

    both(program)


def test_json_grows_as_it_is_generated(both):
    async def program(kit):
        chain = kit.says(COUNTRIES) | kit.JsonOutputParser()
        return [dict(value) async for value in chain.astream(COUNTRIES_QUESTION)]

    assert both(program) == snapshots()


def names_of_whole(inputs):
    """Takes the whole value."""
    if not isinstance(inputs, dict) or not isinstance(inputs.get("countries"), list):
        return ""
    return [one.get("name") for one in inputs["countries"] if isinstance(one, dict)]


def names_of_stream(values):
    """Takes each value as it comes."""
    so_far = set()
    for value in values:
        for one in value.get("countries", []):
            name = one.get("name")
            if name and name not in so_far:
                so_far.add(name)
                yield name


async def names_of_async_stream(values):
    so_far = set()
    async for value in values:
        for one in value.get("countries", []):
            name = one.get("name")
            if name and name not in so_far:
                so_far.add(name)
                yield name


def test_a_step_that_takes_whole_values_breaks_the_stream(both):
    async def program(kit):
        chain = kit.says(COUNTRIES) | kit.JsonOutputParser() | names_of_whole
        in_sync = list(chain.stream(COUNTRIES_QUESTION))
        return in_sync, [one async for one in chain.astream(COUNTRIES_QUESTION)]

    assert both(program) == [[["France", "Spain", "Japan"]]] * 2


def test_a_generator_mends_it(both):
    async def program(kit):
        parsed = kit.says(COUNTRIES) | kit.JsonOutputParser()
        in_async = [
            one async for one in (parsed | names_of_async_stream).astream(COUNTRIES_QUESTION)
        ]
        in_sync = list((parsed | names_of_stream).stream(COUNTRIES_QUESTION))
        return in_async, in_sync, names_of_stream.__name__

    assert both(program)[:2] == [["France", "Spain", "Japan"]] * 2


async def test_a_name_is_given_while_the_rest_is_still_generated():
    """`France` is there before the model says anything of Spain."""
    said = []

    class Notes(type(LIBRARIES[1].says("x"))):
        async def _astream(self, *args, **kwargs):
            async for chunk in super()._astream(*args, **kwargs):
                said.append(chunk.message.content)
                yield chunk

    kit = LIBRARIES[1]
    chain = Notes(COUNTRIES) | kit.JsonOutputParser() | names_of_async_stream
    stream = chain.astream(COUNTRIES_QUESTION)
    assert await anext(stream) == "France"
    assert "Spain" not in said
    await stream.aclose()


async def test_a_sync_generator_streams_in_async_code_too():
    kit = LIBRARIES[1]
    chain = kit.says(COUNTRIES) | kit.JsonOutputParser() | names_of_stream
    assert await collected(chain.astream(COUNTRIES_QUESTION)) == ["France", "Spain", "Japan"]


def test_half_a_name_can_be_held_back():
    """What the guide warns of, `Sp` before `Spain`, is an option here."""
    kit = LIBRARIES[1]
    cut = [char for piece in COUNTRIES for char in piece]
    plain = kit.says(cut) | kit.JsonOutputParser() | names_of_stream
    assert "Sp" in list(plain.stream(COUNTRIES_QUESTION))
    held = kit.says(cut) | kit.JsonOutputParser(strings="complete") | names_of_stream
    assert list(held.stream(COUNTRIES_QUESTION)) == ["France", "Spain", "Japan"]


TEXTS = ["harrison worked at kensho", "harrison likes spicy food"]
TEMPLATE = "Answer from this alone:\n{context}\n\nQuestion: {question}"
ANSWER = "Based on the given context, Harrison worked at Kensho."


@pytest.fixture
def hashing(monkeypatch):
    """The class of the embedding of examples/."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from hashing_embeddings import HashingEmbeddings

    yield HashingEmbeddings
    sys.modules.pop("hashing_embeddings", None)


def retriever_of(kit, hashing):
    if not kit.is_ours:
        methods = ("__init__", "_grams", "embed_documents", "embed_query")
        body = {name: vars(hashing)[name] for name in methods}
        hashing = type(hashing.__name__, (kit.Embeddings,), body)
    store = kit.InMemoryVectorStore.from_texts(TEXTS, hashing())
    return store.as_retriever()


def retrieval_chain(kit, retriever):
    return (
        {"context": retriever.with_config(run_name="Docs"), "question": kit.RunnablePassthrough()}
        | kit.ChatPromptTemplate.from_template(TEMPLATE)
        | kit.says(ANSWER)
        | kit.StrOutputParser()
    )


def test_a_retriever_gives_one_chunk(both, hashing):
    async def program(kit):
        retriever = retriever_of(kit, hashing)
        (found,) = retriever.stream("where did harrison work?")
        (again,) = [one async for one in retriever.astream("where did harrison work?")]
        assert [one.id for one in again] == [one.id for one in found]
        return [one.page_content for one in found]

    assert both(program) == TEXTS


def test_what_follows_a_retriever_streams(both, hashing):
    async def program(kit):
        chain = retrieval_chain(kit, retriever_of(kit, hashing))
        pieces = list(chain.stream("Where did harrison work? Make up 3 sentences about it."))
        assert pieces == [one async for one in chain.astream("Where did harrison work?")]
        return pieces

    pieces = both(program)
    assert "".join(pieces) == ANSWER
    assert len(pieces) > 5


def test_the_events_of_the_retrieval_chain(both, hashing):
    """`Docs` is the name of the retriever's run; what runs beside it takes turns as scheduled."""

    async def program(kit):
        chain = retrieval_chain(kit, retriever_of(kit, hashing))
        named = ["Docs", "ChatPromptTemplate", "ReplayChatModel"]
        question = "where did harrison work?"
        return await collected(chain.astream_events(question, version="v2", include_names=named))

    events = both(program)
    assert [one["event"] for one in events][:4] == [
        "on_retriever_start",
        "on_retriever_end",
        "on_prompt_start",
        "on_prompt_end",
    ]
    assert events[0]["name"] == events[1]["name"] == "Docs"


def test_the_retrieval_chain_over_faiss(hashing):
    kit = LIBRARIES[1]
    from headrace.vectorstores.faiss import FAISS

    retriever = FAISS.from_texts(TEXTS, embedding=hashing()).as_retriever()
    (found,) = retriever.stream("where did harrison work?")
    assert [one.page_content for one in found] == TEXTS
    chain = retrieval_chain(kit, retriever)
    assert "".join(chain.stream("where did harrison work?")) == ANSWER
    starts = [
        event["name"]
        for event in chain.stream_events("where?", include_types=["retriever"])
        if event["event"] == "on_retriever_start"
    ]
    assert starts == ["Docs"]
