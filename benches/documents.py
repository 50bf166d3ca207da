"""Documents of any size, as a language model would write them: the same ones at each run."""

import json
import random

_WORDS = [
    "river",
    "valley",
    "coast",
    "winter",
    "harbour",
    "people",
    "language",
    "trade",
    "mountain",
    "island",
    "history",
    "market",
    "capital",
    "border",
    "forest",
    "north",
    "music",
    "bread",
    "summer",
    "railway",
]


def countries(size: int) -> str:
    """A list of countries, the text about `size` characters long."""
    chance = random.Random(size)
    parts: list[str] = []
    length = len('{"countries": []}')
    while length < size:
        part = json.dumps(
            {
                "name": chance.choice(_WORDS).title() + "land",
                "population": chance.randrange(10_000, 1_500_000_000),
                "area": round(chance.uniform(10, 1e7), 2),
                "languages": chance.sample(_WORDS, 2),
                "member": chance.random() < 0.5,
                "note": " ".join(chance.choices(_WORDS, k=4)).capitalize() + ".",
            }
        )
        parts.append(part)
        length += len(part) + 2
    return '{"countries": [' + ", ".join(parts) + "]}"


def one_string(size: int) -> str:
    """An object with one long text."""
    chance = random.Random(size)
    return json.dumps({"text": " ".join(chance.choices(_WORDS, k=size // 7))})


def flat_list(count: int) -> str:
    """A list of numbers."""
    chance = random.Random(count)
    return json.dumps([chance.randrange(1_000_000) for _ in range(count)])


def flat_object(count: int) -> str:
    """An object with so many members."""
    return json.dumps({f"key{index}": index for index in range(count)})


def cut(text: str, size: int = 4) -> list[str]:
    """The text in pieces of `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]
