"""A certificate for loopback, made anew at each start: the SDK dials nothing but TLS."""

import ssl
from pathlib import Path

import trustme

NAMES = ("127.0.0.1", "localhost", "::1")


def make_certificate(authority: Path) -> ssl.SSLContext:
    """A server context for `NAMES`. The authority that clients must trust is written to `authority` as PEM.

    Raises OSError where the file cannot be written.
    """
    maker = trustme.CA()
    maker.cert_pem.write_to_path(str(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    maker.issue_cert(*NAMES).configure_cert(context)
    return context
