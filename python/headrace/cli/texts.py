"""Texts of the demo's replay model, embedded so that the demo needs no files."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["COUNTRIES", "QUESTION", "make_document"]

QUESTION = (
    "output a list of the countries france, spain and japan and their populations in JSON format. "
    'Use a dict with an outer key of "countries" which contains a list of countries. '
    "Each country should have the key `name` and `population`"
)

COUNTRIES = """\
{
  "countries": [
    {
      "name": "France",
      "population": 67413000
    },
    {
      "name": "Spain",
      "population": 47351567
    },
    {
      "name": "Japan",
      "population": 125584000
    }
  ]
}"""

_PLACES = ("Annecy", "Cuenca", "Kanazawa", "Ravenna", "Tartu", "Uppsala", "Valparaiso", "Yazd")
_SIGHTS = (
    "The old quarter climbs the hill in stairs too narrow for cars; come early, before the buses.",
    'A mill has stood at the weir since 1640. Its wheel still turns, and "grinds" for visitors.',
    "Take the path along the canal: two hours, flat, with an inn halfway\nand a ferry at the end.",
)


def make_document(size: int) -> str:
    """Create a JSON document like those of models: records of texts, numbers, lists and literals.

    Args:
        size: The minimum number of characters; the document ends with the record that reaches it.

    Returns:
        The document's text, the same each time.
    """
    days: list[dict[str, Any]] = []
    length = 0
    while length < size:
        number = len(days)
        day = {
            "day": number + 1,
            "place": _PLACES[number % len(_PLACES)],
            "position": [round(35 + number * 1.37 % 25, 4), round(number * 7.91 % 60 - 20, 4)],
            "walk": {"kilometres": 3.5 + number % 9, "steep": number % 3 == 0, "guide": None},
            "sights": [_SIGHTS[number % 3], _SIGHTS[(number + 1) % 3]][: 1 + number % 2],
        }
        days.append(day)
        length += len(json.dumps(day)) + len(", ")
    return json.dumps({"title": "A journey along old mills", "days": days})
