"""Whom we trust over TLS, where the user says so: the file that SSL_CERT_FILE names."""

import os
import ssl

from loadtests.support.address import Address

VARIABLE = "SSL_CERT_FILE"


def check_trust(address: Address) -> None:
    """Raises ValueError, with what to do, where the file that is to be trusted cannot be had, and TLS is spoken.

    OpenSSL says nothing of it: it trusts nobody in that file, and then no certificate seems to verify.
    """
    path = os.environ.get(VARIABLE)
    if not path or not address.secure:
        return
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        why = "there is no certificate in it" if isinstance(error, ssl.SSLError) else error.strerror
        raise ValueError(
            f"{VARIABLE} names {path}, which cannot be used ({why}): name the file with the certificate of the "
            f"authority to trust, or unset {VARIABLE}"
        ) from error
