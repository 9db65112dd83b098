"""`certificate.md`: a certificate on one screen. Pure."""

from bench.certify import words
from bench.certify.folder import CHART, StoredCertificate
from bench.summary import plain


def summary(certificate: StoredCertificate) -> str:
    blocks = [
        f"## {plain(words.headline(certificate))}",
        "" if certificate.complete else "**Incomplete**: it was ended before the last load was measured.",
        plain(words.WHAT),
        plain(" ".join(words.sentences(certificate))) if certificate.levels else "Nothing was measured.",
        _table(certificate),
        "\n".join(f"- {plain(line)}" for line in words.LEGEND),
        f"![{plain(words.headline(certificate))}]({CHART}.svg)" if certificate.levels else "",
        _reproduce(certificate),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(certificate: StoredCertificate) -> str:
    if not certificate.levels:
        return ""
    head, *lines = words.table(certificate)
    rules = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rules, *lines])


def _reproduce(certificate: StoredCertificate) -> str:
    environment = certificate.environment
    commit = f" at commit `{environment.commit[:12]}`" if environment.commit else ""
    dirty = " with uncommitted changes" if environment.dirty else ""
    command = certificate.command.replace("`", "'")
    return (
        f"Certificate {plain(certificate.id)}: `{command}`{commit}{dirty}, on {plain(environment.cpu_model)} with "
        f"{environment.cpu_count} cores. The numbers are in [certificate.json](certificate.json)."
    )
