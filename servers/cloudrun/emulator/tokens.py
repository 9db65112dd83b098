"""ID tokens: made and checked by the same key, which is the emulator's own and lives as long as it does."""

import time
from collections.abc import Collection
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import GoogleAuthError

from servers.cloudrun.emulator.identities import ACCOUNT, GCLOUD, PERSON

LIFETIME_SECONDS = 3600.0


class Unauthorized(Exception):
    """A token that will not do (401). The message says why."""


class Forbidden(Exception):
    """No token at all, or that of somebody who may not call the service (403)."""


class Authority:
    """Who gives out tokens, and knows which callers have the role `roles/run.invoker`."""

    def __init__(
        self, invokers: Collection[str] = (ACCOUNT, PERSON), lifetime_seconds: float = LIFETIME_SECONDS
    ) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        as_pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self._signer = crypt.RSASigner.from_string(key.private_bytes(*as_pem), key_id="emulator")
        public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self._public_key = key.public_key().public_bytes(*public)
        self.invokers = frozenset(invokers)
        self.lifetime_seconds = lifetime_seconds

    def token(self, audience: str, email: str, at_seconds: float | None = None) -> str:
        """A token for somebody, meant for an audience, made now or at a time of the wall clock."""
        # Whole seconds, rounded down: who reads the clock so would find the token to be of the future.
        made_at = int(time.time() if at_seconds is None else at_seconds)
        claims = {
            "aud": audience,
            "azp": email,
            "email": email,
            "email_verified": True,
            "exp": int(made_at + self.lifetime_seconds),
            "iat": made_at,
            "iss": "https://accounts.google.com",
            "sub": email,
        }
        token: bytes = jwt.encode(self._signer, claims)
        return token.decode()

    def check(self, token: str | None, audiences: Collection[str]) -> str:
        """The caller's e-mail address. Raises Unauthorized and Forbidden."""
        if not token:
            raise Forbidden("the request has no token")
        try:
            claims: dict[str, Any] = jwt.decode(token, certs=self._public_key, audience=[*audiences, GCLOUD])
        except (GoogleAuthError, ValueError) as error:
            raise Unauthorized(str(error)) from error
        email = str(claims["email"])
        if claims["aud"] == GCLOUD and email.endswith(".gserviceaccount.com"):
            raise Unauthorized("the token of a service account has to be meant for the service")
        if email not in self.invokers:
            raise Forbidden(f"{email} may not call the service: it lacks roles/run.invoker")
        return email


def without_signature(token: str) -> str:
    """What the container gets to see of a token: claims that it can read and show to nobody."""
    return f"{token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"
