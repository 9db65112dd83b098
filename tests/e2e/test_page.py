"""The chat page in a real browser, against both real servers with the fake Gemini behind them."""

import json
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect, sync_playwright

from bench.chat_server import free_port, launch, wait_until_ready
from bench.fake import FakeGemini
from bench.processes import Command
from servers.deployments import DEPLOYMENTS

pytestmark = pytest.mark.e2e
on_both_servers = pytest.mark.parametrize("app", ["flask", "quart"])

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DEADLINE_SECONDS = 60.0
HOSTILE = "<img src=x onerror=\"document.title = 'taken over'\"> & <b>bold</b>"

# Fifty words, one at a time: five seconds in which to interrupt, also on a slow machine.
TALKATIVE = """
description = "A reply of five seconds, a word at a time"
interruption_seconds = 0.005
audio_frame_seconds = 0.1
first_chunk_seconds = { usual = { median = 0.1 } }
gap_seconds = { median = 0.1 }
words = { first_chunk = 1, later_chunk_low = 1, later_chunk_high = 1, reply = { median = 50 } }
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of the system's; nothing is downloaded."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = f"no browser to drive: install one of {', '.join(BROWSERS)}"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(f"{reason} (REQUIRE_BROWSER=1 makes this a failure)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of playwright's own making
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
            expect.set_options(timeout=DEADLINE_SECONDS * 1000)
            yield browser
            browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; a script error on it fails the test."""
    context = browser.new_context()
    context.set_default_timeout(DEADLINE_SECONDS * 1000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Path:
    profile = tmp_path_factory.mktemp("profile") / "talkative.toml"
    profile.write_text(TALKATIVE, encoding="utf-8")
    return profile


@pytest.fixture(scope="module")
def gemini(talkative: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGemini]:
    with FakeGemini(str(talkative), 1, tmp_path_factory.mktemp("gemini"), frozenset()) as gemini:
        yield gemini


def serve(app: str, port: int, gemini: FakeGemini, folder: Path, **settings: str) -> Command:
    """A server that answers on a port of loopback."""
    server = launch(
        DEPLOYMENTS[app], port, {**gemini.server_environment, **settings}, folder / f"{app}.log", frozenset()
    )
    try:
        wait_until_ready(server, f"http://127.0.0.1:{port}")
    except BaseException:
        server.stop()
        raise
    return server


@pytest.fixture(scope="module")
def addresses(gemini: FakeGemini, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where both servers answer, by the name of the app."""
    folder = tmp_path_factory.mktemp("servers")
    ports = {app: free_port() for app in ("flask", "quart")}
    with serve("flask", ports["flask"], gemini, folder), serve("quart", ports["quart"], gemini, folder):
        yield {app: f"http://127.0.0.1:{port}/" for app, port in ports.items()}


def open_chat(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#connection")).to_have_text("connected")


def say(page: Page, prompt: str) -> Locator:
    """Types a prompt and presses Enter. Gives the turn that then stands last on the page."""
    turns = page.locator(".turn").count()
    page.get_by_label("Message").fill(prompt)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(turns)
    expect(turn.locator(".prompt")).to_have_text(prompt, use_inner_text=True)
    return turn


def expect_state(turn: Locator, state: str) -> None:
    expect(turn.locator(".answered")).to_have_attribute("data-state", state)


def words(turn: Locator) -> int:
    return len(turn.locator(".reply").inner_text().split())


@on_both_servers
def test_reply_streams_in_under_its_prompt(page: Page, addresses: dict[str, str], app: str) -> None:
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    open_chat(page, addresses[app])
    expect(page.locator("#app")).to_have_text(app)
    expect(page.locator("#backend")).to_have_text("custom")
    turn = say(page, "Wie geht's? 🙂")
    expect(turn.locator(".reply")).not_to_be_empty()
    expect_state(turn, "replying")
    assert words(turn) < 50
    expect_state(turn, "complete")
    assert words(turn) == 50
    expect(turn.locator(".small-print")).to_contain_text(re.compile(r"first words after \d.*complete after \d"))
    assert [url for url in requested if not url.startswith((addresses[app], "data:"))] == []
    assert complaints == []


def test_prompt_during_a_reply_cuts_it_on_the_non_blocking_server(page: Page, addresses: dict[str, str]) -> None:
    open_chat(page, addresses["quart"])
    old = say(page, "Tell me everything about lighthouses.")
    expect(old.locator(".reply")).not_to_be_empty()
    new = say(page, "Stop. Only the tallest.")
    expect(old.locator(".label")).to_have_text("interrupted")
    expect_state(new, "complete")
    expect_state(old, "interrupted")
    assert words(old) < 50
    assert words(new) == 50
    expect(old.locator(".talked-on")).to_have_text(
        re.compile(r"^(talked on for .+ after you interrupted|fell silent at once)$")
    )


def test_blocking_server_finishes_the_old_reply_before_the_new(page: Page, addresses: dict[str, str]) -> None:
    open_chat(page, addresses["flask"])
    old = say(page, "Tell me everything about lighthouses.")
    expect(old.locator(".reply")).not_to_be_empty()
    new = say(page, "Stop. Only the tallest.")
    expect(old.locator(".talked-on")).to_have_text(re.compile("^talked on for .+ after you interrupted$"))
    expect_state(new, "waiting")
    expect_state(old, "complete")
    expect_state(new, "complete")
    assert (words(old), words(new)) == (50, 50)
    expect(page.get_by_text("interrupted", exact=True)).to_have_count(0)


@on_both_servers
def test_markup_in_a_prompt_is_shown_as_text(page: Page, addresses: dict[str, str], app: str) -> None:
    open_chat(page, addresses[app])
    turn = say(page, HOSTILE)
    expect(turn.locator(".reply")).not_to_be_empty()
    expect(page.locator(".turn img, .turn b")).to_have_count(0)
    expect(page).to_have_title(f"{app} · Live chat")


@on_both_servers
def test_markup_in_a_reply_is_shown_as_text(page: Page, addresses: dict[str, str], app: str) -> None:
    def rewrite(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda packet: socket.send(json.dumps({**json.loads(packet), "text": HOSTILE})))

    page.route_web_socket(re.compile("/live$"), rewrite)
    open_chat(page, addresses[app])
    turn = say(page, "Hello")
    expect(turn.locator(".reply")).to_contain_text(HOSTILE)
    expect(page.locator(".turn img, .turn b")).to_have_count(0)
    expect(page).to_have_title(f"{app} · Live chat")


@on_both_servers
def test_prompt_that_looks_like_a_tag_is_an_ordinary_prompt(page: Page, addresses: dict[str, str], app: str) -> None:
    open_chat(page, addresses[app])
    turn = say(page, "#7 on the list, please")
    expect(turn.locator(".reply")).to_have_text(re.compile(r"^\w+ \w+"))


def test_shift_and_enter_start_a_new_line(page: Page, addresses: dict[str, str]) -> None:
    open_chat(page, addresses["quart"])
    box = page.get_by_label("Message")
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    expect(page.locator(".turn")).to_have_count(0)
    box.press("Enter")
    expect(box).to_have_value("")
    assert page.locator(".prompt").inner_text() == "one\ntwo"


@on_both_servers
def test_page_reconnects_five_seconds_after_its_server_went(
    page: Page, gemini: FakeGemini, tmp_path: Path, app: str
) -> None:
    port = free_port()
    page.clock.install(time=0)
    with serve(app, port, gemini, tmp_path) as server:
        open_chat(page, f"http://127.0.0.1:{port}/")
        turn = say(page, "Hello")
        expect(turn.locator(".reply")).not_to_be_empty()
        page.clock.pause_at(3_600)
        server.stop(seconds=0)
    expect(page.locator("#notice")).to_contain_text("The connection was lost. (1006) Reconnecting in 5 s.")
    expect_state(turn, "lost")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    with serve(app, port, gemini, tmp_path):
        page.clock.run_for(4_000)
        expect(page.locator("#notice")).to_contain_text("Reconnecting in 1 s.")
        expect(page.locator("#connection")).to_have_text("disconnected")
        page.clock.run_for(1_000)
        expect(page.locator("#connection")).to_have_text("connected")
        expect(page.locator("#notice")).to_be_hidden()
        expect_state(say(page, "Are you back?"), "replying")
        expect(page.get_by_text("This is a new conversation")).to_be_visible()
        page.close()


def test_page_goes_on_with_its_conversation_at_the_next_server_and_says_so_where_it_cannot(
    page: Page, tmp_path: Path
) -> None:
    port = free_port()
    page.clock.install(time=0)
    tokens: list[str] = []

    def keep(frame: str | bytes) -> None:
        tokens.extend(filter(None, [json.loads(frame).get("resume", {}).get("token")]))

    page.on("websocket", lambda socket: socket.on("framereceived", keep))

    def have_turn() -> None:
        known = len(tokens)
        expect_state(say(page, "Hello"), "complete")
        while len(tokens) == known:
            page.evaluate("0")  # lets what has happened be told

    def reconnect() -> None:
        expect(page.locator("#notice")).to_contain_text("The server is restarting.")
        page.clock.run_for(5_000)
        expect(page.locator("#connection")).to_have_text("connected")

    with FakeGemini("fast", 1, tmp_path, frozenset()) as gemini:
        for number, secret in enumerate(("first", "first", "second")):
            with serve("quart", port, gemini, tmp_path, RESUME_SECRET=f"the {secret} secret, of some length") as server:
                if number == 0:
                    open_chat(page, f"http://127.0.0.1:{port}/")
                    page.clock.pause_at(3_600)
                else:
                    reconnect()
                told = (0, "The conversation continues."), (1, "This is a new conversation")
                for place, words in told[:number]:
                    expect(page.locator(".divider").nth(place)).to_contain_text(words)
                expect(page.locator(".divider")).to_have_count(number)
                have_turn()
                server.stop()
        assert gemini.ledger()["longest_conversation_turns"] == 2
    page.close()


@on_both_servers
def test_failure_of_gemini_is_told_in_words(page: Page, talkative: Path, tmp_path: Path, app: str) -> None:
    port = free_port()
    page.clock.install(time=0)
    with ExitStack() as running:
        with FakeGemini(str(talkative), 1, tmp_path, frozenset()) as gemini:
            running.enter_context(serve(app, port, gemini, tmp_path))
            open_chat(page, f"http://127.0.0.1:{port}/")
            turn = say(page, "Hello")
            expect(turn.locator(".reply")).not_to_be_empty()
            page.clock.pause_at(3_600)
        expect(page.locator(".fault")).to_contain_text(re.compile("Something went wrong: Gemini .*\\(upstream\\)"))
        expect(page.locator("#notice")).to_contain_text("The connection from the server to Gemini failed. (1011")
        expect_state(turn, "lost")
        page.close()


@pytest.mark.parametrize(
    ("code", "told"), [(1008, "refused"), (1011, "failed"), (1012, "restarting"), (1013, "full"), (1000, "closed")]
)
def test_close_code_is_told_in_words(page: Page, addresses: dict[str, str], code: int, told: str) -> None:
    page.route_web_socket(re.compile("/live$"), lambda socket: socket.close(code=code, reason="why"))
    page.goto(addresses["quart"])
    expect(page.locator("#reason")).to_have_text(re.compile(rf"{told}.*\({code}, why\)"))


@pytest.mark.parametrize(("code", "told"), [("full", "The server is full"), ("quota", "Gemini takes no more")])
def test_server_without_room_is_told_in_words_and_asked_again(
    page: Page, addresses: dict[str, str], code: str, told: str
) -> None:
    error = json.dumps({"error": {"code": code, "message": "try again later"}})
    attempts: list[WebSocketRoute] = []

    def have_no_room_at_first(socket: WebSocketRoute) -> None:
        attempts.append(socket)
        if len(attempts) == 1:
            socket.send(error)
            socket.close(code=1013, reason=code)

    page.clock.install(time=0)
    page.route_web_socket(re.compile("/live$"), have_no_room_at_first)
    page.goto(addresses["quart"])
    expect(page.locator("#reason")).to_have_text(re.compile(rf"{told}.*\(1013, {code}\)"))
    expect(page.locator(".fault")).to_have_count(0)
    page.clock.run_for(5_000)
    expect(page.locator("#connection")).to_have_text("connected")


def test_prompt_that_is_refused_is_marked_with_how_long_to_wait_and_the_chat_goes_on(
    page: Page, addresses: dict[str, str]
) -> None:
    refusal = {"code": "rate_limited", "message": "later", "prompt": 2, "retry_after_seconds": 12.3}
    prompts: list[str | bytes] = []

    def refuse_the_second(socket: WebSocketRoute) -> None:
        def answer(prompt: str | bytes) -> None:
            prompts.append(prompt)
            match len(prompts):
                case 1:
                    socket.send(json.dumps({"text": "one", "turn_complete": False}))
                case 2:
                    socket.send(json.dumps({"error": refusal}))
                    socket.send(json.dumps({"text": " and only", "turn_complete": True}))
                case _:
                    socket.send(json.dumps({"text": "three", "turn_complete": True}))

        socket.on_message(answer)

    page.route_web_socket(re.compile("/live$"), refuse_the_second)
    open_chat(page, addresses["quart"])
    first = say(page, "first")
    expect(first.locator(".reply")).to_have_text("one")
    second = say(page, "second")
    expect_state(second, "refused")
    expect(second.locator(".small-print")).to_contain_text("not passed on")
    expect(second.locator(".small-print")).to_contain_text("ask again in 13 s")
    expect_state(first, "complete")
    expect(first.locator(".reply")).to_have_text("one and only")
    expect(first.locator(".talked-on")).to_be_empty()
    third = say(page, "third")
    expect_state(third, "complete")
    expect(third.locator(".reply")).to_have_text("three")


def test_words_after_an_interruption_stay_with_the_reply_they_belong_to(page: Page, addresses: dict[str, str]) -> None:
    """A server that lets some words through after `interrupted`, which neither of ours does."""
    packets = [
        {"text": "old", "turn_complete": False},
        {"text": "", "turn_complete": False, "interrupted": True},
        {"text": " straggler", "turn_complete": False},
        {"text": "", "turn_complete": True},
        {"text": "new", "turn_complete": True},
    ]
    prompts: list[str | bytes] = []

    def leak(socket: WebSocketRoute) -> None:
        def answer(prompt: str | bytes) -> None:
            prompts.append(prompt)
            for packet in packets[:1] if len(prompts) == 1 else packets[1:]:
                socket.send(json.dumps(packet))

        socket.on_message(answer)

    page.route_web_socket(re.compile("/live$"), leak)
    open_chat(page, addresses["quart"])
    old = say(page, "first")
    expect(old.locator(".reply")).to_have_text("old")
    new = say(page, "second")
    expect(new.locator(".reply")).to_have_text("new")
    expect(old.locator(".reply")).to_have_text("old straggler")
    expect_state(old, "interrupted")
    expect_state(new, "complete")
    assert prompts == ["first", "second"]
