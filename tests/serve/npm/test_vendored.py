"""The libraries in the page are those that their authors published."""

import re
from importlib.resources import files

import pytest
from tests.serve.served import NODE_MODULES

VENDOR = files("headrace") / "serve" / "page" / "vendor"
FILES = {
    "marked.js": "marked/lib/marked.esm.js",
    "purify.js": "dompurify/dist/purify.min.js",
    "preact.js": "preact/dist/preact.mjs",
    "hooks.js": "preact/hooks/dist/hooks.mjs",
    "htm.js": "htm/dist/htm.mjs",
}


@pytest.mark.skipif(
    not NODE_MODULES.exists(), reason="no packages of npm: run scripts/npm ci --ignore-scripts"
)
@pytest.mark.parametrize("name", FILES)
def test_vendored_files_are_those_of_npm(name: str) -> None:
    published = (NODE_MODULES / FILES[name]).read_text()
    published = re.sub(r"^//# sourceMappingURL=.*\n?", "", published, flags=re.MULTILINE)
    published = published.replace('from"preact"', 'from"./preact.js"')
    assert (VENDOR / name).read_text().rstrip() == published.rstrip()


def test_each_library_comes_with_its_license() -> None:
    for package in {path.split("/")[0] for path in FILES.values()}:
        assert (VENDOR / f"{package}.LICENSE").read_text()
