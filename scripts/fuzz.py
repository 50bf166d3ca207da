"""Compare headrace with its references on random mutations of the corpus in tests/fuzz.

An input on which they differ is stored in the corpus, where the tests find it until it is fixed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fuzz.differential import CORPUS, targets


def store(target: str, given: object, number: int) -> Path:
    """Write an input to the corpus and return the file."""
    if isinstance(given, str):
        path = CORPUS / target / f"found-{number}.txt"
        path.write_bytes(given.encode("utf-8", "surrogatepass"))
    else:
        path = CORPUS / target / f"found-{number}.json"
        path.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
    return path


def main() -> int:
    """Run until the time is over or ten inputs have failed, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to run (1)")
    parser.add_argument("--seed", type=int, help="the seed; random if not given")
    parser.add_argument("--target", choices=sorted(targets()), help="the only target")
    options = parser.parse_args()
    seed = Random().randrange(10**6) if options.seed is None else options.seed
    print(f"fuzz: seed {seed}", flush=True)
    random = Random(seed)
    chosen = {name: target for name, target in targets().items() if options.target in (None, name)}
    end = time.monotonic() + options.minutes * 60
    tried = failed = 0
    while time.monotonic() < end and failed < 10:
        name = random.choice(sorted(chosen))
        corpus, check, mutate = chosen[name]
        given = mutate(random.choice(corpus), random)
        tried += 1
        try:
            check(given, random)
        except Exception as error:  # noqa: BLE001 - whatever it is, the input is reported
            failed += 1
            path = store(name, given, seed * 100 + failed)
            print(f"fuzz: {name}: {error!r:.500}\nfuzz: stored in {path}", flush=True)
    print(f"fuzz: {tried} inputs, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
