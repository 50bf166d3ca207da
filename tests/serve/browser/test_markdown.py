"""Markdown that grows: the same page as the whole text gives, at the cost of the new text."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

TEXTS = {
    "paragraphs": "One **bold** and `code`.\nStill one, [a link](https://example.org).\n\nTwo\n\n\nThree",
    "headings": "# One\ntext\n## Two\n\nSetext\n======\n\nAnother\n---\nend",
    "lists": "- one\n- two\n  - deep\n\n  more of two\n\n- three\n\n1. a\n2. b\n\nafter",
    "tasks": "- [x] done\n- [ ] open",
    "code": "before\n```python\nx = `1`\n\n``\ny\n```\nafter\n\n    indented\n",
    "tildes": "~~~~\n~~~\n```\n~~~~\n",
    "unclosed": "text\n\n```js\nlet a = 1;\n``",
    "closed at the end": "```\na\n```",
    "quotes": "> one\n> two\nlazy\n\n> > deep\n\nafter",
    "tables": "| a | b |\n|---|--:|\n| 1 | `2` |\n| 3 | 4 |\n\nafter | not a table",
    "html": "<b>bold</b>\n\n<div>\n<script>alert(1)</script>\n</div>\n\n<!-- a\n\ncomment --> end",
    "definitions": "See [the page][1] and [that].\n\nMore\n\n[1]: https://example.org\n[that]: https://example.com\n",
    "line ends": "one\r\n\r\n- two\r\n- three\r\n\r\n```\r\ncode\r\n```\r\n",
    "hr": "one\n\n***\n\ntwo\n\n---\n\n* * *\n",
}

# Renders `pieces` one by one, and the whole text at once; returns both as HTML.
RENDER = """async ({ pieces }) => {
  const { MarkdownStream, renderMarkdown } = await import("/markdown.js");
  const grown = document.createElement("div");
  const whole = document.createElement("div");
  const stream = new MarkdownStream(grown);
  for (const piece of pieces) stream.push(piece);
  stream.finish();
  if (stream.hasDefinitions) renderMarkdown(grown, pieces.join(""));
  renderMarkdown(whole, pieces.join(""));
  for (const each of [grown, whole]) each.normalize();
  const clean = (element) => element.innerHTML.replace(/>\\s+</g, "><").trim();
  return { grown: clean(grown), whole: clean(whole) };
}"""


@pytest.fixture(scope="module")
def page(browser: Any, static_url: str) -> Iterator[Any]:
    page = browser.new_page()
    # The page itself is not needed, only its origin and its policy.
    page.goto(f"{static_url}/vendor/README.md")
    yield page
    page.close()


@pytest.mark.parametrize("name", TEXTS)
def test_grown_text_looks_like_the_whole_text(page: Any, name: str) -> None:
    text = TEXTS[name]
    whole = page.evaluate(RENDER, {"pieces": [text]})["whole"]
    splits = [list(text), [text]]
    chance = random.Random(name)
    for _ in range(8):
        cuts = sorted(chance.sample(range(1, len(text)), 5))
        splits.append([text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)])
    for pieces in splits:
        assert page.evaluate(RENDER, {"pieces": pieces}) == {"grown": whole, "whole": whole}, (
            json.dumps(pieces)
        )


# The work of a text in pieces of 5 characters, in parsed characters.
WORK = """async ({ text, times }) => {
  const { MarkdownStream } = await import("/markdown.js");
  const stream = new MarkdownStream(document.createElement("div"));
  const all = text.repeat(times);
  for (let start = 0; start < all.length; start += 5) stream.push(all.slice(start, start + 5));
  stream.finish();
  return stream.work / all.length;
}"""


@pytest.mark.parametrize(
    "text",
    [
        "A sentence, and one more.\n\n",
        "- an item of a list that does not end\n",
        "a paragraph that does not end ",
    ],
)
def test_work_for_a_character_does_not_grow(page: Any, text: str) -> None:
    # An open block is parsed, twice, when it grew by a 64th.
    assert page.evaluate(WORK, {"text": text, "times": 50}) < 150
    assert page.evaluate(WORK, {"text": text, "times": 400}) < 150


def test_code_is_parsed_once(page: Any) -> None:
    fence = page.evaluate(WORK, {"text": "```\n" + "x = 1\n" * 5000, "times": 1})
    assert fence < 1.1


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
        "[x](javascript:document.title='owned')",
        "[x](  java\nscript:alert(1))",
        "![x](https://example.invalid/track.png)",
        "```html\n<script>document.title='owned'</script>\n```",
        "<svg><animate onbegin=alert(1)>",
        "a <a href='javascript:alert(1)'>b</a> `<b onclick=x>`",
        "| <img src=x onerror=alert(1)> |\n|---|\n| <iframe srcdoc='<script>1'></iframe> |",
        '```" onclick="alert(1)\nx\n```',
    ],
)
def test_markup_stays_text(page: Any, text: str) -> None:
    html = page.evaluate(RENDER, {"pieces": [text]})["whole"]
    found = page.evaluate(
        """(html) => {
          const parsed = new DOMParser().parseFromString(html, "text/html").body;
          return [...parsed.querySelectorAll("*")].map((element) =>
            [element.localName, ...element.getAttributeNames()].join(" "));
        }""",
        html,
    )
    allowed = {
        "a",
        "p",
        "code",
        "pre",
        "figure",
        "figcaption",
        "span",
        "button",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
    }
    for names in (entry.split() for entry in found):
        assert names[0] in allowed | {"th", "td"}
        assert not [
            name
            for name in names[1:]
            if name.startswith("on") or name in {"src", "srcdoc", "style"}
        ]
    assert "javascript:" not in html.replace("&", "").split("href=", 1)[-1].split('"')[1:2]


def test_deep_nesting_does_not_break_the_page(page: Any) -> None:
    assert "&gt;" in page.evaluate(RENDER, {"pieces": ["> " * 5_000 + "deep"]})["whole"]


COLORS = """async ({ language, code }) => {
  const { highlight } = await import("/highlight.js");
  const element = document.createElement("code");
  element.textContent = code;
  highlight(element, language);
  return {
    text: element.textContent,
    spans: [...element.children].map((span) => [span.className.slice(5), span.textContent]),
  };
}"""


@pytest.mark.parametrize(
    ("language", "code", "spans"),
    [
        (
            "python",
            '@tool\ndef f(x): # "no"\n    return """a\nb""" + \'\\\'\' + 1.5',
            [
                ["call", "@tool"],
                ["keyword", "def"],
                ["call", "f"],
                ["comment", '# "no"'],
                ["keyword", "return"],
                ["string", '"""a\nb"""'],
                ["string", "'\\''"],
                ["number", "1.5"],
            ],
        ),
        (
            "js",
            "const a = `x ${1}`; // b\n/* c",
            [
                ["keyword", "const"],
                ["string", "`x ${1}`"],
                ["comment", "// b"],
                ["comment", "/* c"],
            ],
        ),
        ("sql", "SELECT 'a' -- b", [["keyword", "SELECT"], ["string", "'a'"], ["comment", "-- b"]]),
        ("unknown", "def f(): 1", []),
        ("python", '"' * 60_000, []),
    ],
)
def test_code_is_colored(page: Any, language: str, code: str, spans: list[list[str]]) -> None:
    found = page.evaluate(COLORS, {"language": language, "code": code})
    assert found == {"text": code, "spans": spans}
