"""What stands before a service: TLS, the token, the queue for an instance, the time-out."""

import asyncio
import ssl

from servers.cloudrun.emulator.conversation import Conversation
from servers.cloudrun.emulator.service import RunningService
from servers.cloudrun.emulator.tokens import Authority

HOST = "127.0.0.1"
BACKLOG = 4096
"""A crowd arrives at once."""


class Front:
    """One service's. It listens from `listen` to `refuse_connections`."""

    def __init__(self, service: RunningService, authority: Authority) -> None:
        self.service, self.authority = service, authority
        self._conversations: set[Conversation] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    async def listen(self, tls: ssl.SSLContext, port: int = 0) -> None:
        """Raises OSError where the port cannot be listened on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._meet, HOST, port, ssl=tls, backlog=BACKLOG)
        self._port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._port}"

    @property
    def audiences(self) -> tuple[str, ...]:
        """What a token may be meant for: as on the platform, a service has more than one address."""
        return (self.url, f"https://localhost:{self._port}", *self.service.served.service.audiences)

    def _meet(self) -> asyncio.Protocol:
        conversation = Conversation(self.service, self.authority, self.audiences, self._conversations.discard)
        self._conversations.add(conversation)
        return conversation.client

    def refuse_connections(self) -> None:
        """Those that there are stay."""
        if self._server:
            self._server.close()

    def end_conversations(self) -> None:
        for conversation in list(self._conversations):
            conversation.client.transport.abort()
