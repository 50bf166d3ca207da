"""Examples by likeness, on both libraries."""

import importlib
from typing import Any

import pytest

EXAMPLES = [
    {"word": word, "plural": plural}
    for word, plural in {
        "house": "houses",
        "mouse": "mice",
        "goose": "geese",
        "hose": "hoses",
    }.items()
]


def letters(library: Any) -> Any:
    base = importlib.import_module(f"{library.package}.embeddings").Embeddings

    class Letters(base):
        def embed_documents(self, texts):
            return [self.embed_query(text) for text in texts]

        def embed_query(self, text):
            return [float(text.count(letter)) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"]

    return Letters()


def made(library: Any, name: str, **options: Any) -> Any:
    selectors = importlib.import_module(f"{library.package}.example_selectors")
    store = importlib.import_module(f"{library.package}.vectorstores").InMemoryVectorStore
    cls = getattr(selectors, name)
    return cls, (EXAMPLES, letters(library), store), {"k": 2, **options}


NAMES = ["SemanticSimilarityExampleSelector", "MaxMarginalRelevanceExampleSelector"]
OPTIONS: list[dict[str, Any]] = [{}, {"input_keys": ["word"]}, {"example_keys": ["plural"], "k": 1}]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_same_examples_are_chosen(compare, name, options):
    def scenario(library):
        cls, arguments, given = made(library, name, **options)
        selector = cls.from_examples(*arguments, **given)
        first = selector.select_examples({"word": "mousse"})
        added = selector.add_example({"word": "grouse", "plural": "grouses"})
        return [first, isinstance(added, str), selector.select_examples({"word": "mousse"})]

    assert compare(scenario)[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_same_examples_are_chosen_async(compare, name, options):
    async def scenario(library):
        cls, arguments, given = made(library, name, **options)
        selector = await cls.afrom_examples(*arguments, **given)
        first = await selector.aselect_examples({"word": "mousse"})
        await selector.aadd_example({"word": "grouse", "plural": "grouses"})
        return [first, await selector.aselect_examples({"word": "mousse"})]

    assert compare(scenario)[0]


def test_what_is_no_option_is_refused(compare, attempting):
    def scenario(library):
        cls, arguments, given = made(library, NAMES[0])
        store = cls.from_examples(*arguments, **given).vectorstore
        return attempting(lambda: cls(vectorstore=store, foo=1))[1]

    assert compare(scenario) == "ValidationError"
