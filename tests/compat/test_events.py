"""The events of every composition, in both versions, on both libraries."""

import pytest
from .events import astreamed, streamed
from .scenarios import CHAINS, MODELS

ALL = {**CHAINS, **MODELS}
CONFIG = {"tags": ["root"], "metadata": {"k": "v"}}


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", ALL)
def test_events(chain, version, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        return await astreamed(lib, runnable, given, version=version)

    assert compare(scenario)


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("chain", ["functions", "tagged and described", "a model and a parser"])
def test_events_with_a_configuration(chain, version, compare):
    async def scenario(lib):
        runnable, given = ALL[chain](lib)
        return await astreamed(lib, runnable, given, {**CONFIG, "run_name": "it"}, version=version)

    compare(scenario)
