"""The plain recipe: how a streamed chat is usually loaded with Locust and websocket-client.

What the project's own generator is held against. One WebSocket a person, `time.time()` after `recv()`, `json.loads` of
every packet, one request event for the first words and one for the turn. UTF-8 checks are off, which the library
allows and which spares it some cost. What the benchmark needs besides is one tuple a turn: the first chunk
says in its tag how long it really took, and is looked into when all is over.

    locust -f bench/generator/plain_recipe.py --host ws://127.0.0.1:8080 --headless -u 20 -t 30s
"""

import json
import random
import time
from pathlib import Path
from typing import Any

from locust import User, events, task
from websocket import create_connection

PROMPTS = [
    "Where does the ferry to the island leave from, and how long does it take?",
    "Explain to me in a few sentences how a heat pump works.",
    "What should I cook tonight with two eggs, rice and a tin of tomatoes?",
]
TURNS: list[tuple[float, float, float, str]] = []
"""Of each turn: when it was due, when it began, seconds to its first words, and these with their tag."""


class PlainUser(User):
    def on_start(self) -> None:
        self.options = self.environment.parsed_options
        self.socket = create_connection(f"{self.host}/live", timeout=30, skip_utf8_validation=True)
        time.sleep(random.uniform(0, 0.5))  # Locust brings people in clumps, and nobody is to ask in lock-step.
        self.due_at = time.time()

    def on_stop(self) -> None:
        self.socket.close()

    def wait_time(self) -> float:
        seconds: float = self.options.think_seconds * random.lognormvariate(-0.125, 0.5)
        self.due_at = time.time() + seconds
        return seconds

    @task
    def chat(self) -> None:
        first_words, first_seconds, characters = "", 0.0, 0
        start = time.time()
        self.socket.send(f"#{len(TURNS)}.{id(self)} {random.choice(PROMPTS)}")
        while True:
            received = self.socket.recv()
            received_at = time.time()
            packet = json.loads(received)
            text = packet["text"]
            if text and not first_words:
                first_words, first_seconds = text, received_at - start
            characters += len(text)
            if packet["turn_complete"]:
                break
        self._report("first words", first_seconds, 0)
        self._report("turn", received_at - start, characters)
        TURNS.append((self.due_at, start, first_seconds, first_words))

    def _report(self, name: str, seconds: float, characters: int) -> None:
        self.environment.events.request.fire(
            request_type="WS",
            name=name,
            response_time=seconds * 1000,
            response_length=characters,
            exception=None,
            context={},
        )


def add_options(parser: Any) -> None:
    parser.add_argument("--think-seconds", type=float, default=3.0, help="mean pause between a reply and the next")
    parser.add_argument("--seed", type=int, default=1, help="of pauses and prompts")
    parser.add_argument("--record", metavar="DIR", help="write DIR/plain.json, what became of each turn, at the end")


def begin(environment: Any, **_: object) -> None:
    random.seed(environment.parsed_options.seed)


def write(environment: Any, **_: object) -> None:
    if environment.parsed_options.record:
        Path(environment.parsed_options.record, "plain.json").write_text(json.dumps(TURNS))


events.init_command_line_parser.add_listener(add_options)
events.test_start.add_listener(begin)
events.quitting.add_listener(write)
