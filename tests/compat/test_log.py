"""The log of every composition, on both libraries."""

import pytest

from .events import logged
from .scenarios import CHAINS, MODELS, TOOLS

ALL = {**CHAINS, **MODELS, **TOOLS}
# Where a step fails in mid-stream, headrace ends the runs before it; see docs/differences.md.
ENDS_MORE = {"a generator fails"}


@pytest.mark.parametrize(
    "options", [{}, {"diff": False, "with_streamed_output_list": False}], ids=str
)
@pytest.mark.parametrize("chain", ALL)
def test_log(chain, options, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        patches = await logged(lib, runnable, given, **options)
        if chain in ENDS_MORE:
            return [one for one in patches if "/logs/add/end_time" not in str(one)]
        return patches

    assert compare(scenario)
