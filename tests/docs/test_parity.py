"""docs/parity.md says what is true."""

import subprocess
import sys
from pathlib import Path

from tests.reference import needs_current

ROOT = Path(__file__).parent.parent.parent


@needs_current
def test_the_page_is_up_to_date():
    script = ROOT / "scripts" / "parity.py"
    checked = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_no_absence_is_without_a_reason():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "parity.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    assert len(rows) > 300
    assert {status for _, status, _ in rows} <= {"same", "different", "absent"}
    assert not [name for name, status, why in rows if status != "same" and not why]
