"""Latency: people ask, wait for the whole reply, think, and ask again, over one session each.

locust -f loadtests/latency.py --host ws://127.0.0.1:8080 --headless -u 20 -t 30s
"""

from locust import task

from loadtests.support.chat_user import ChatUser


class LatencyUser(ChatUser):
    @task
    def chat(self) -> None:
        with self.exchange():
            self.ask()
            self.listen()
