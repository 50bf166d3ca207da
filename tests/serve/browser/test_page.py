"""The chat page in Chromium, against a served LangGraph agent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from tests.serve.served import NODE_MODULES, Connection, Served

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
AXE = NODE_MODULES / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """Return a browser page that the tests share: new ones would take most of their time."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def page(window: Any, served: Served) -> Iterator[Any]:
    with chat_page(window, served.url) as page:
        yield page


@contextmanager
def chat_page(page: Any, url: str) -> Iterator[Any]:
    """Open the chat page with nothing stored, and check that nothing goes wrong on it.

    The list `page.tolerated` holds words of console lines that are expected.
    """
    problems = []
    listeners = {
        "pageerror": lambda error: problems.append(f"error: {error}"),
        "console": lambda line: (
            line.type in {"error", "warning"}
            and not line.location["url"].endswith("/favicon.ico")
            and problems.append(line.text)
        ),
        "request": lambda request: request.url.startswith(url) or problems.append(request.url),
    }
    page.tolerated = []
    page.set_default_timeout(10_000)
    page.goto(f"{url}/icon.svg")
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(f"{url}/")
    page.wait_for_selector(".welcome")
    yield page
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert [
        problem for problem in problems if not any(words in problem for words in page.tolerated)
    ] == []


@pytest.fixture
def gate(served: Served) -> Iterator[Any]:
    """Open a gate of the served agent; it is closed again after the test."""
    used = set()

    def open_gate(name: str) -> None:
        used.add(name)
        httpx.post(f"{served.url}/gates/{name}").raise_for_status()

    yield open_gate
    for name in used:
        httpx.delete(f"{served.url}/gates/{name}").raise_for_status()


def send(page: Any, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def last_answer(page: Any, state: str) -> Any:
    """Wait until the last answer has the state; return it."""
    page.wait_for_selector(f".message.assistant:last-child[data-state={state}]")
    return page.locator(".message.assistant").last


def check_accessibility(page: Any) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core: run scripts/npm ci --ignore-scripts")
    # The policy of the page does not apply to what the browser's own protocol evaluates.
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [
        (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]
    ] == []


def test_a_conversation_with_a_tool(page: Any, gate: Any) -> None:
    send(page, "What is the weather in Oslo?")
    tool = page.locator(".step.tool")
    # The arguments are shown while they arrive.
    tool.locator("pre", has_text='{"city"').wait_for()
    assert tool.locator(".spinner").is_visible()
    assert '"days": 3' not in tool.locator("pre").first.inner_text()
    assert page.get_by_role("button", name="Stop").is_visible()
    gate("arguments")
    answer = last_answer(page, "done")
    assert answer.locator("strong").inner_text() == "clear and mild"
    assert answer.locator("table tbody tr").count() == 3
    assert "def get_weather" in answer.locator("figure.code code").inner_text()
    assert answer.locator("figure.code figcaption span").inner_text() == "python"
    assert "2,260 tokens in · 312 out" in answer.locator(".usage").inner_text()
    # The result is folded, and so is the reasoning.
    assert not tool.locator("pre").first.is_visible()
    tool.locator("summary").click()
    assert '"celsius": 21' in tool.get_by_label("Result").inner_text()
    reasoning = page.locator(".step.reasoning")
    assert not reasoning.locator("strong").is_visible()
    reasoning.locator("summary").click()
    assert reasoning.locator("strong").inner_text() == "Plan."
    # A screen reader hears the whole answer, once.
    assert "clear and mild" in page.locator("[aria-live=polite]").inner_text()
    # The agent keeps the thread: it gets the new message only.
    with page.expect_request("**/chat") as request:
        send(page, "Hello")
    assert [message["content"] for message in request.value.post_data_json["messages"]] == ["Hello"]
    assert "You said: Hello" in last_answer(page, "done").inner_text()


def test_tokens_are_visible_before_the_end(page: Any, gate: Any) -> None:
    send(page, "slow")
    page.get_by_text("The first half,").wait_for()
    assert page.locator(".message.assistant").get_attribute("aria-busy") == "true"
    gate("rest")
    assert (
        last_answer(page, "done").locator(".markdown").inner_text()
        == "The first half, and the second half."
    )


def test_stop_by_key_and_by_button(page: Any) -> None:
    for stop in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="Stop").click(),
    ):
        send(page, "slow")
        page.locator(".message.assistant").last.get_by_text("The first half,").wait_for()
        with page.expect_request(lambda request: request.method == "DELETE") as request:
            stop()
        assert request.value.response().ok
        assert "Stopped." in last_answer(page, "stopped").inner_text()
        # The server has ended it.
        assert httpx.get(request.value.url).text.splitlines()[-1].endswith('"type":"stopped"}')


def test_reload_resumes(page: Any, gate: Any) -> None:
    send(page, "slow")
    page.get_by_text("The first half,").wait_for()
    page.reload()
    page.get_by_text("The first half,").wait_for()
    assert page.locator(".message.assistant").get_attribute("data-state") == "running"
    gate("rest")
    assert (
        last_answer(page, "done").locator(".markdown").inner_text()
        == "The first half, and the second half."
    )
    # It stays after another reload, and in the list.
    page.reload()
    assert (
        last_answer(page, "done").locator(".markdown").inner_text()
        == "The first half, and the second half."
    )
    assert page.locator("nav .entry").inner_text() == "slow"


def test_a_dropped_connection_resumes(window: Any, served: Served, gate: Any) -> None:
    connection = Connection(served.port)
    with chat_page(window, connection.url) as page:
        page.tolerated = ["net::ERR_"]
        send(page, "slow")
        page.get_by_text("The first half,").wait_for()
        connection.refuses = True
        connection.drop()
        page.get_by_text("Connection lost. Reconnecting…").wait_for()
        connection.refuses = False
        gate("rest")
        assert (
            last_answer(page, "done").locator(".markdown").inner_text()
            == "The first half, and the second half."
        )
    connection.close()


def test_an_error_and_retry(page: Any) -> None:
    send(page, "fail")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "the model hung up" in alert.inner_text()
    assert "Try again" in alert.inner_text()
    assert "Half an" in page.locator(".message.assistant .markdown").inner_text()
    with page.expect_request("**/chat") as request:
        alert.get_by_role("button", name="Try again").click()
    assert [each["content"] for each in request.value.post_data_json["messages"]] == ["fail"]
    last_answer(page, "failed")
    assert page.locator(".message").count() == 2


def test_a_server_that_is_gone(window: Any, served: Served) -> None:
    connection = Connection(served.port)
    with chat_page(window, connection.url) as page:
        page.tolerated = ["net::ERR_"]
        connection.refuses = True
        connection.drop()
        send(page, "Hello")
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "The server cannot be reached." in alert.inner_text()
        connection.refuses = False
        alert.get_by_role("button", name="Try again").click()
        assert "You said: Hello" in last_answer(page, "done").inner_text()
    connection.close()


def test_edit_and_send_again(page: Any) -> None:
    send(page, "first")
    last_answer(page, "done")
    send(page, "second")
    last_answer(page, "done")
    page.locator(".message.user").first.hover()
    page.get_by_role("button", name="Edit message").first.click()
    page.get_by_role("textbox", name="Edit message").fill("changed")
    with page.expect_request("**/chat") as request:
        page.keyboard.press("Enter")
    assert [each["content"] for each in request.value.post_data_json["messages"]] == ["changed"]
    page.get_by_text("You said: changed", exact=True).wait_for()
    assert page.locator(".message").count() == 2


@pytest.mark.parametrize("decision", ["approve", "edit", "reject"])
def test_approval(page: Any, decision: str) -> None:
    send(page, "delete the report")
    card = page.get_by_label("Approval")
    card.wait_for()
    last_answer(page, "waiting")
    assert "delete_file" in card.inner_text()
    assert "/srv/report.csv" in card.inner_text()
    assert "This cannot be undone." in card.inner_text()
    # The question survives a reload.
    page.reload()
    if decision == "approve":
        card.get_by_role("button", name="Approve").click()
        expected = "The tool said: /srv/report.csv is gone"
    elif decision == "edit":
        card.get_by_role("button", name="Edit").click()
        card.get_by_role("textbox").fill('{"path": ')
        card.get_by_role("button", name="Approve changes").click()
        assert "not JSON" in card.get_by_role("alert").inner_text()
        card.get_by_role("textbox").fill('{"path": "/tmp/other"}')
        card.get_by_role("button", name="Approve changes").click()
        expected = "The tool said: /tmp/other is gone"
    else:
        card.get_by_role("button", name="Reject").click()
        card.get_by_role("textbox").fill("keep it")
        card.get_by_role("button", name="Reject").click()
        expected = "The tool said: keep it"
    assert expected in last_answer(page, "done").inner_text()
    assert not card.get_by_role("button").count()


def test_scripts_stay_text(page: Any) -> None:
    send(page, "inject <img src=x onerror=\"document.title='owned'\">")
    answer = last_answer(page, "done")
    answer.locator(".step.tool summary").click()
    # In the question, the text, the tool's name, its arguments and its result.
    assert page.get_by_text("<img src=x onerror=").count() >= 5
    assert page.locator(".messages img, .messages script, .messages iframe").count() == 0
    assert page.locator(".messages a[href^='javascript']").count() == 0
    assert "owned" not in page.evaluate(
        "[...document.querySelectorAll('*')].map((e) => e.getAttribute('onerror')).join()"
    )
    page.reload()
    last_answer(page, "done")
    # The title is that of the conversation, which is the question.
    assert page.title() != "owned"
    assert page.locator(".messages img, .messages script").count() == 0


def test_the_policy_allows_nothing_inline(served: Served) -> None:
    response = httpx.get(served.url + "/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    # A server in front may drop the header: the page repeats the policy.
    repeated = policy.replace("frame-ancestors 'none'; ", "")
    assert f'content="{repeated}"' in response.text


def test_a_token_is_asked_for(window: Any, served: Served) -> None:
    with chat_page(window, served.token_url) as page:
        page.tolerated = ["401"]
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        check_accessibility(page)
        dialog.get_by_label("Token", exact=True).fill("wrong")
        dialog.get_by_role("button", name="Continue").click()
        dialog.get_by_role("alert").wait_for()
        dialog.get_by_label("Token", exact=True).fill("a-secret")
        dialog.get_by_role("button", name="Continue").click()
        dialog.wait_for(state="detached")
        send(page, "Hello")
        assert "You said: Hello" in last_answer(page, "done").inner_text()
        # It lasts as long as the tab.
        page.reload()
        last_answer(page, "done")
        assert page.get_by_role("dialog").count() == 0


def test_conversations(page: Any) -> None:
    send(page, "first")
    last_answer(page, "done")
    page.get_by_role("button", name="New chat").first.click()
    page.wait_for_selector(".welcome")
    send(page, "second")
    last_answer(page, "done")
    entries = page.locator("nav .entry")
    assert entries.all_inner_texts() == ["second", "first"]
    entries.nth(1).click()
    page.get_by_text("You said: first", exact=True).wait_for()
    page.get_by_role("button", name="Delete second").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo").click()
    expect(entries).to_have_count(2)
    page.get_by_role("button", name="Delete second").focus()
    page.keyboard.press("Enter")
    expect(entries).to_have_count(1)
    page.reload()
    page.get_by_text("You said: first", exact=True).wait_for()
    assert entries.all_inner_texts() == ["first"]


def test_keyboard(page: Any) -> None:
    field = page.get_by_label("Message", exact=True)
    field.focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    assert field.input_value() == "one\ntwo"
    page.keyboard.press("Enter")
    last_answer(page, "done")
    assert field.input_value() == ""
    assert field.evaluate("(element) => element === document.activeElement")
    # The first stop of the page leads to the message field.
    page.get_by_role("link", name="Skip to the message field").focus()
    page.keyboard.press("Enter")
    assert field.evaluate("(element) => element === document.activeElement")


def test_copy(page: Any, gate: Any) -> None:
    gate("arguments")
    send(page, "weather")
    answer = last_answer(page, "done")
    answer.get_by_role("button", name="Copy code").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("@tool\ndef get_weather")
    answer.get_by_role("button", name="Copy answer").click()
    answer.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("It will be **clear")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(page: Any, gate: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    check_accessibility(page)
    send(page, "weather")
    page.wait_for_selector(".step.tool .spinner")
    check_accessibility(page)
    gate("arguments")
    last_answer(page, "done").locator(".step.tool summary").click()
    page.locator(".step.reasoning summary").click()
    page.locator(".step.reasoning strong").wait_for()
    check_accessibility(page)
    send(page, "delete")
    last_answer(page, "waiting")
    check_accessibility(page)
    send(page, "fail")
    last_answer(page, "failed")
    check_accessibility(page)
    page.emulate_media(color_scheme="null")


def test_phone_in_dark_mode(browser: Any, served: Served, gate: Any) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True, is_mobile=True
    )
    gate("arguments")
    with chat_page(context.new_page(), served.url) as page:
        send(page, "weather")
        last_answer(page, "done").locator(".step.tool summary").click()
        # Nothing is wider than the screen; wide code and tables scroll inside.
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.querySelector('.messages').scrollWidth") <= 390
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", color))) < 60
        check_accessibility(page)
        assert not page.get_by_role("navigation").is_visible()
        page.get_by_role("button", name="Conversations").click()
        page.get_by_role("navigation").get_by_text("weather").wait_for()
        check_accessibility(page)
        # The switch wins over the system.
        page.get_by_title("Light theme").click()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        page.reload()
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
    context.close()
