"""Write chat-light.png, chat-dark.png and chat-phone.png: the chat page with the tests' agent.

Usage: page_pictures.py [FOLDER], by default docs/images. Needs Chromium, and what `scripts/check`
installs.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.serve.served import Served  # noqa: E402

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PICTURES: dict[str, dict[str, Any]] = {
    "chat-light.png": {**DESKTOP, "color_scheme": "light"},
    "chat-dark.png": {**DESKTOP, "color_scheme": "dark"},
    "chat-phone.png": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "color_scheme": "dark",
        "has_touch": True,
        "is_mobile": True,
    },
}


def take(page: Any, url: str, file: Path) -> None:
    """Ask the agent about the weather and write a picture of its answer."""
    page.goto(url)
    page.get_by_label("Message", exact=True).fill("What is the weather in Oslo?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.assistant[data-state=done]")
    page.mouse.move(0, 0)
    page.screenshot(path=file)


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    server = Served()
    httpx.post(f"{server.url}/gates/arguments").raise_for_status()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, options in PICTURES.items():
            context = browser.new_context(**options)
            take(context.new_page(), server.url, folder / name)
            context.close()
        browser.close()
    server.close()


if __name__ == "__main__":
    main()
