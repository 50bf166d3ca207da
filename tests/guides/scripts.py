"""What the models of the guides say, cut as the guides show it."""

SKY = ["The", " sky", " is", " blue", " during", " the", " day", "."]

JOKE = "Here's a joke about a parrot: it listens, it learns, and then it bills you by the word."

COUNTRIES_QUESTION = "Give France, Spain and Japan with their populations, as JSON."

# As a provider's tokenizer cuts it.
COUNTRIES = [
    *("{", "\n ", '"', "countries", '":', " ["),
    *("\n  ", "{", "\n   ", '"', "name", '":', ' "', "France", '",'),
    *("\n   ", '"', "population", '":', " ", "67", "413", "000", "\n  ", "},"),
    *("\n  ", "{", "\n   ", '"', "name", '":', ' "', "Spain", '",'),
    *("\n   ", '"', "population", '":', " ", "47", "351", "567", "\n  ", "},"),
    *("\n  ", "{", "\n   ", '"', "name", '":', ' "', "Japan", '",'),
    *("\n   ", '"', "population", '":', " ", "125", "584", "000", "\n  ", "}"),
    *("\n ", "]", "\n", "}"),
]

FRANCE = {"name": "France", "population": 67413000}
SPAIN = {"name": "Spain", "population": 47351567}
JAPAN = {"name": "Japan", "population": 125584000}


def snapshots() -> list[dict[str, object]]:
    """Give each value that the parser shows of `COUNTRIES`, in order."""
    values: list[dict[str, object]] = [{}, {"countries": []}]
    done: list[dict[str, object]] = []
    parts = {"France": (67, 67413), "Spain": (47, 47351), "Japan": (125, 125584)}
    for country in (FRANCE, SPAIN, JAPAN):
        name = country["name"]
        growing: list[dict[str, object]] = [{}, {"name": ""}, {"name": name}]
        growing += [{"name": name, "population": part} for part in parts[str(name)]]
        values += [{"countries": [*done, value]} for value in [*growing, country]]
        done.append(country)
    return values
