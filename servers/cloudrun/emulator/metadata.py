"""The metadata server: who an instance is, and tokens that prove it, for whoever sends `Metadata-Flavor: Google`.

It answers what google-auth asks on its way to an ID token, and the instance's own id, region and project.
"""

from urllib.parse import unquote

from servers.cloudrun.emulator.plain_http import Answer, Request, as_json
from servers.cloudrun.emulator.tokens import Authority

FLAVOR = "Metadata-Flavor"
PROJECT, PROJECT_NUMBER, REGION = "emulated-project", "123456789012", "emulated-region1"
_ROOT = "/computeMetadata/v1/"
_ACCOUNTS = "instance/service-accounts/"


class Metadata:
    """What one instance is told; also a machine that is no instance, such as the one that the load runs on."""

    def __init__(self, authority: Authority, account: str, instance: str) -> None:
        self._authority, self._account = authority, account
        self._values = {
            "instance/id": instance,
            "instance/region": f"projects/{PROJECT_NUMBER}/regions/{REGION}",
            "instance/zone": f"projects/{PROJECT_NUMBER}/zones/{REGION}-1",
            "project/project-id": PROJECT,
            "project/numeric-project-id": PROJECT_NUMBER,
            "universe/universe-domain": "googleapis.com",
        }

    async def answer(self, request: Request) -> Answer:
        found = self._find(request)
        return Answer(found.body, found.status, found.kind, {FLAVOR: "Google", "Server": "Metadata Server for VM"})

    def _find(self, request: Request) -> Answer:
        if request.path == "/":
            return Answer("computeMetadata/\n")
        if request.head.get(FLAVOR) != "Google":
            return Answer(f"Missing {FLAVOR}:Google header.\n", 403)
        if request.head.get("X-Forwarded-For") is not None:
            return Answer("A request that was forwarded is not answered.\n", 403)
        if not request.path.startswith(_ROOT) or request.head.method != "GET":
            return Answer(f"There is nothing at {request.path}.\n", 404)
        path = request.path.removeprefix(_ROOT)
        if path in self._values:
            return Answer(self._values[path])
        if path.startswith(_ACCOUNTS):
            return self._of_account(*path.removeprefix(_ACCOUNTS).partition("/")[::2], request.query)
        return Answer(f"There is nothing at {request.path}.\n", 404)

    def _of_account(self, account: str, what: str, query: dict[str, str]) -> Answer:
        email = self._account if account == "default" else unquote(account)
        if what == "":
            return as_json({"aliases": ["default"], "email": email, "scopes": []})
        if what == "email":
            return Answer(email)
        if what != "identity":
            return Answer(f"There is no {what} of a service account here.\n", 404)
        if not query.get("audience"):
            return Answer("non-empty audience parameter required\n", 400)
        return Answer(self._authority.token(query["audience"], email))
