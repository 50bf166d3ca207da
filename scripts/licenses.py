"""Write the licences and the bill of materials of the crates that are linked into the wheel.

`scripts/licenses.py` writes THIRD-PARTY-LICENSES.txt and rust/sbom.cdx.json (CycloneDX 1.5).
`--check` compares them with Cargo.lock and exits with 1 if they are out of date. It needs cargo.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LICENSES = ROOT / "THIRD-PARTY-LICENSES.txt"
SBOM = ROOT / "rust" / "sbom.cdx.json"
ROOT_CRATE = "headrace-py"


def linked_crates() -> list[dict[str, Any]]:
    """Return the crates linked into the extension, without build scripts and macros."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    edges = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
    pending = [name for name, package in packages.items() if package["name"] == ROOT_CRATE]
    linked: dict[str, dict[str, Any]] = {}
    while pending:
        name = pending.pop()
        package = packages[name]
        if name in linked or any("proc-macro" in target["kind"] for target in package["targets"]):
            continue
        linked[name] = package
        for edge in edges[name]:
            if any(kind["kind"] is None for kind in edge["dep_kinds"]):
                pending.append(edge["pkg"])
    return sorted(
        (package for package in linked.values() if package["source"]),
        key=lambda package: package["name"],
    )


def license_texts(package: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the names and texts of the licence files that a crate ships."""
    folder = Path(package["manifest_path"]).parent
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "UNLICENSE"))
    ]
    if not found:
        sys.exit(f"licenses.py: {package['name']} {package['version']} ships no licence file")
    return [(path.name, path.read_text(encoding="utf-8").strip()) for path in found]


def licenses(packages: list[dict[str, Any]]) -> str:
    """Return the text of THIRD-PARTY-LICENSES.txt."""
    parts = ["The compiled module headrace._core contains these Rust crates.\n"]
    for package in packages:
        parts.append(f"{'=' * 80}\n{package['name']} {package['version']} ({package['license']})\n")
        parts += [f"--- {name}\n\n{text}\n" for name, text in license_texts(package)]
    return "\n".join(parts)


def sbom(packages: list[dict[str, Any]]) -> str:
    """Return the bill of materials, in CycloneDX 1.5 as JSON."""
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:cargo/{package['name']}@{package['version']}",
            "name": package["name"],
            "version": package["version"],
            "purl": f"pkg:cargo/{package['name']}@{package['version']}",
            "licenses": [{"expression": package["license"].replace("/", " OR ")}],
        }
        for package in packages
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "library", "bom-ref": "headrace", "name": "headrace"}},
        "components": components,
    }
    return json.dumps(document, indent=2) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check both files."""
    packages = linked_crates()
    stale = []
    for path, text in ((LICENSES, licenses(packages)), (SBOM, sbom(packages))):
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        print(f"out of date: {', '.join(stale)}; run scripts/licenses.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
