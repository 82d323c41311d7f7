"""matplotlib's SVG document as a small element of a page, with the page's font and colours and unique identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from html import escape

_HEAD = re.compile(r"\A.*?<svg [^>]*>\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_VIEW_BOX = re.compile(r'viewBox="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")
_BETWEEN = re.compile(r">\s+<")
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'(?:url\(#|href="#)([^)"]+)')
_FONT = re.compile(r"font-family: [^;\"]+;? ?")
_DIGITS = re.compile(r"(\d\.\d\d)\d+")
_STYLE = re.compile(r' style="([^"]*)"')


def inline_svg(svg: str, *, title: str, colours: Mapping[str, str]) -> str:
    """The SVG element, with ``title`` as its accessible name. Only tags are changed, never text.

    The element has no size, font or style sheet of its own; each of ``colours`` becomes the variable
    ``--chart-<name>``; its identifiers start with a hash of its content, so that one page can hold many elements.
    """
    size = _VIEW_BOX.search(svg)
    body = _HEAD.sub("", svg, count=1)
    used = set(_REFERENCE.findall(body))
    mark = f"c{sha256((title + body).encode()).hexdigest()[:10]}"

    def kept(identifier: re.Match[str]) -> str:
        return f' id="{mark}-{identifier[1]}"' if identifier[1] in used else ""

    def as_attributes(style: re.Match[str]) -> str:
        """Styles as attributes: a page may forbid style attributes, and all that matplotlib writes are SVG
        attributes."""
        pairs = (each.partition(":") for each in style[1].split(";") if ":" in each)
        return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)

    def at_home(tag: re.Match[str]) -> str:
        text = _FONT.sub("", tag[0].replace("xlink:href", "href"))
        text = _REFERENCE.sub(lambda found: found[0].replace(found[1], f"{mark}-{found[1]}"), _ID.sub(kept, text))
        text = _STYLE.sub(as_attributes, text)
        for name, colour in colours.items():
            text = text.replace(colour, f"var(--chart-{name}, {colour})")
        return " ".join(_DIGITS.sub(r"\1", text).split())

    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size[1] if size else ""}" role="img" '
        f'aria-label="{escape(title)}" stroke-linejoin="round" font-family="system-ui, sans-serif">'
    )
    return head + _BETWEEN.sub("><", _TAG.sub(at_home, body)).strip()
