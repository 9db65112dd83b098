"""What proves to Gemini who we are: a key, or on Vertex AI a token of the machine's own account, renewed in time."""

import asyncio
from collections.abc import Mapping
from typing import Any

from servers.raw.gemini_wire import key_headers
from servers.settings import Settings

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class Credentials:
    """Of one process. The account is looked for when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._account: Any = None
        self._renewing = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """For the request that opens a connection. Raises google.auth's errors where there is no account."""
        if self._settings.backend != "vertex":
            return key_headers(self._settings)
        async with self._renewing:
            if not (self._account and self._account.valid):
                await asyncio.to_thread(self._renew)
        project = getattr(self._account, "quota_project_id", None)
        return {
            "Authorization": f"Bearer {self._account.token}",
            **({"x-goog-user-project": project} if project else {}),
        }

    def _renew(self) -> None:
        import google.auth  # here, as it takes a tenth of a second and is of use on Vertex AI alone
        from google.auth.transport.requests import Request

        self._account = self._account or google.auth.default(scopes=SCOPES)[0]
        if not self._account.valid:
            self._account.refresh(Request())
