"""SVG as matplotlib writes it, made fit to stand in a page beside others: small, and with names of its own."""

import re
from html import escape

_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_REFERENCE = re.compile(r'(url\(#|href="#)([^)"]+)')
_IDENTIFIER = re.compile(r'\sid="([^"]*)"')
_OPENING = re.compile(r"<svg\b[^>]*>")
_VIEW_BOX = re.compile(r'viewBox="[^"]*"')


def clean(svg: str, name: str) -> str:
    """Without comments and metadata; of the ids, those that are referred to stay, with `name` before them."""
    svg = _METADATA.sub("", _COMMENT.sub("", svg))
    used = {match[2] for match in _REFERENCE.finditer(svg)}
    svg = _IDENTIFIER.sub(lambda match: f' id="{name}-{match[1]}"' if match[1] in used else "", svg)
    return _REFERENCE.sub(lambda match: f"{match[1]}{name}-{match[2]}", svg)


def inline(svg: str, title: str) -> str:
    """As an element of an HTML page: no prologue, as wide as there is room, and with words for those who listen."""
    opening = _OPENING.search(svg)
    view_box = _VIEW_BOX.search(opening[0]) if opening else None
    if opening is None or view_box is None:
        raise ValueError("not an SVG of ours: it has no viewBox")
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{view_box[0]} role="img" aria-label="{escape(title, quote=True)}">'
    )
    return head + svg[opening.end() :].strip()
