"""The configuration file: ``twofold.toml`` in the data folder, or where ``TWOFOLD_CONFIG`` says.

It holds settings by their names in lower case, and the table ``[shares]``, which alone `save_shares` rewrites.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, TomlConfigSettingsSource

from twofold.domain.errors import InvalidInput, NotFound, Unavailable

VARIABLE, NAME = "TWOFOLD_CONFIG", "twofold.toml"
TABLE = "shares"
_HEADER = re.compile(r"\s*\[\s*shares\s*\]\s*(#.*)?$")
_ANY_HEADER = re.compile(r"\s*\[")
_ELSEWHERE = re.compile(r"\s*shares\s*[.=]")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def file_of(folder: Path) -> Path:
    """Where the configuration of a data folder is, or would be."""
    said = os.environ.get(VARIABLE)
    return Path(said) if said else folder / NAME


def label_of(key: str) -> str:
    """How errors name a key of the file.

    >>> label_of("list_length")
    'configuration file: list_length'
    """
    return f"configuration file: {key}"


class ConfigurationFile(TomlConfigSettingsSource):
    """The file as a source of settings. What was said before it (options, environment) counts whole: tables are not
    joined, so that ``TWOFOLD_SHARES`` is not mixed with the file's ``[shares]``.

    Raises:
        NotFound: there is no file where the variable says; a data folder need not have one.
        InvalidInput: it is no TOML, or says ``data_dir`` although it was found by it.
    """

    def __init__(self, settings: type[BaseSettings], path: Path) -> None:
        if os.environ.get(VARIABLE) and not path.is_file():
            raise NotFound(f"there is no file where {VARIABLE} says; create it, or unset the variable")
        super().__init__(settings, path)
        if "data_dir" in self.toml_data and not os.environ.get(VARIABLE):
            raise InvalidInput(
                label_of("data_dir"),
                f"no such key: the file is found in the data folder; say it with {VARIABLE[:8]}DATA_DIR",
            )

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return parsed(read(Path(file_path)))

    def __call__(self) -> dict[str, Any]:
        """What nobody said before."""
        return {key: value for key, value in super().__call__().items() if key not in self.current_state}


def read(path: Path) -> str:
    """The file's text with its own line ends; empty when there is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InvalidInput("configuration file", "UTF-8 text") from None
    except OSError as error:
        raise Unavailable(f"the configuration file cannot be read ({error.strerror}); check its permissions") from None


def parsed(text: str) -> dict[str, Any]:
    """What a file says.

    >>> parsed("port = 9000")
    {'port': 9000}
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at [^)]*\)", str(error))
        raise InvalidInput("configuration file", f"TOML; it is none {place[0] if place else ''}".rstrip()) from None


def lines_of(shares: Mapping[str, float]) -> list[str]:
    """Shares as lines of TOML.

    >>> lines_of({"content": 0.7, "exploration": 0.3})
    ['content = 0.7', 'exploration = 0.3']
    """
    for name, share in shares.items():
        if not _PLAIN.fullmatch(name) or not math.isfinite(share):
            raise ValueError("shares are finite numbers by names of letters, digits, _ and -")
    return [f"{name} = {float(share)!r}" for name, share in shares.items()]


def with_shares(text: str, shares: Mapping[str, float]) -> str:
    """The text of a configuration file with other shares: the lines of its ``[shares]`` are replaced, or the table is
    put at the end; a preset's line goes. All other lines stay as they are.

    Raises:
        InvalidInput: it is no TOML, or its shares are written in a way that is not recognised.

    >>> with_shares("port = 1  # mine\\n", {"content": 1.0})
    'port = 1  # mine\\n\\n[shares]\\ncontent = 1.0\\n'
    """
    before, end = parsed(text), "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    top = next((place for place, line in enumerate(lines) if _ANY_HEADER.match(line)), len(lines))
    lines = [line for place, line in enumerate(lines) if place >= top or not _ELSEWHERE.match(line)]
    written = [line + end for line in lines_of(shares)]
    header = next((place for place, line in enumerate(lines) if _HEADER.match(line)), None)
    if header is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += end
        changed = [*lines, *([end] if lines else []), f"[{TABLE}]{end}", *written]
    else:
        if not lines[header].endswith("\n"):
            lines[header] += end
        changed = [*lines[: header + 1], *written, *lines[_end_of_table(lines, header) :]]
    result = "".join(changed)
    if _parsed_or_nothing(result) != {**before, TABLE: dict(shares)}:
        raise InvalidInput(label_of(TABLE), f"a table with the header [{TABLE}] on a line of its own")
    return result


def save_shares(path: Path, shares: Mapping[str, float]) -> None:
    """Write shares into a configuration file, which is made if there is none; at no moment is it half written.

    Raises:
        InvalidInput: as `with_shares`.
        Unavailable: it cannot be written.
    """
    content, target = with_shares(read(path), shares).encode(), path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            if target.exists():
                shutil.copymode(target, beside)
            os.replace(beside, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise Unavailable(f"the configuration file cannot be written ({error.strerror}); check permissions") from None


def _end_of_table(lines: list[str], header: int) -> int:
    """Where the table's last line ends: blank lines and remarks before the next header are the next table's."""
    stop = next((place for place in range(header + 1, len(lines)) if _ANY_HEADER.match(lines[place])), len(lines))
    while stop > header + 1 and (not lines[stop - 1].strip() or lines[stop - 1].lstrip().startswith("#")):
        stop -= 1
    return stop


def _parsed_or_nothing(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
