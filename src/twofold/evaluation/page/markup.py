"""HTML in pieces: escaped text, tables, figures with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from twofold.evaluation.document import Figure


def text(value: object) -> str:
    """Escaped for a page.

    >>> text("a < b")
    'a &lt; b'
    """
    return escape(str(value), quote=True)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table; cells are HTML already, the first of each row is its header."""
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in headers)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(value: Figure | None, *, percent: bool = False, digits: int = 3) -> str:
    """A figure with its interval below it; a dash where there is none.

    >>> figure(Figure(0.5, 0.4, 0.6))
    '<b>0.500</b> <small>0.400 to 0.600</small>'
    """
    if value is None:
        return "–"
    scale, unit = (100, " %") if percent else (1, "")
    shown = [f"{each * scale:.{1 if percent else digits}f}" for each in (value.value, value.low, value.high)]
    return f"<b>{shown[0]}{unit}</b> <small>{shown[1]} to {shown[2]}</small>"


def section(title: str, *parts: str) -> str:
    """A part of the page under its heading; nothing when it holds nothing."""
    held = "".join(parts)
    return f"<section><h2>{text(title)}</h2>{held}</section>" if held else ""


def behind(chart: str, data: str, title: str, note: str) -> str:
    """A chart with what it shows in words, and its figures as a table behind it."""
    return (
        f"<figure><figcaption><h3>{text(title)}</h3><p>{text(note)}</p></figcaption>{chart}"
        f"<details><summary>The figures</summary>{data}</details></figure>"
    )
