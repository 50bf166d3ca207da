"""Material for tests that is no part of the project."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("HEADRACE_SHARED", ROOT.parent / "shared"))
SKIPPED = f"no {{}} in {SHARED}: set HEADRACE_SHARED to the folder that has it"
