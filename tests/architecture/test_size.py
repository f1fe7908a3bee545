"""Thin files, short functions, absolute imports, and a docstring wherever somebody from outside looks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FILES = sorted([*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "bootstrap.py"])
SOURCE_FILES = [path for path in FILES if path.is_relative_to(SOURCE)]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
# Nearly all of what is public explains itself to a reader; the rest is for names that say everything.
DOCUMENTED_SHARE = 0.9

# Those that may be longer, each with its reason: "src/twofold/x.py" for a file, "src/twofold/x.py:name" for a function.
REASONS: dict[str, str] = {
    "tests/unit/features/oracles.py": "one short function per feature, and one place to look for each",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def name_of(path: Path) -> str:
    """A file's path from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def length(node: Function) -> int:
    """How many lines a function has, without its docstring and decorators: explaining more is no fault."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def public_nodes(tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """Public classes and functions of a module, and the public methods of those classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_methods(node)


def public_methods(owner: ast.ClassDef) -> Iterator[tuple[str, Documented]]:
    """Public methods, without those explained elsewhere: setters, overloads, and tests, whose names are sentences."""
    for node in owner.body:
        if isinstance(node, Function) and not node.name.startswith(("_", "test_")):
            if any("setter" in (said := ast.unparse(mark)) or "overload" in said for mark in node.decorator_list):
                continue
            yield f"{owner.name}.{node.name}", node


def test_there_is_something_to_check() -> None:
    assert len(SOURCE_FILES) > 10
    assert set(SOURCE_FILES) < set(FILES)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    found = {}
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > MAX_FILE_LINES:
        found[name_of(path)] = lines
    for node in ast.walk(parse(path)):
        if isinstance(node, Function) and length(node) > MAX_FUNCTION_LINES:
            found[f"{name_of(path)}:{node.name}"] = length(node)
    unexplained = {name: lines for name, lines in found.items() if not REASONS.get(name)}
    assert not unexplained, "split these, or give a reason in REASONS"


def test_every_reason_is_still_needed() -> None:
    gone = [name for name in REASONS if not (ROOT / name.partition(":")[0]).exists()]
    assert not gone


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_are_absolute(path: Path) -> None:
    relative = [node.lineno for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom) and node.level]
    assert not relative, "write the import from `twofold.` on"


@pytest.mark.parametrize("path", SOURCE_FILES, ids=name_of)
def test_public_names_are_documented(path: Path) -> None:
    tree = parse(path)
    assert ast.get_docstring(tree), "say in one line what this module is for"
    public = list(public_nodes(tree))
    bare = [name for name, node in public if not ast.get_docstring(node)]
    assert len(bare) <= (1 - DOCUMENTED_SHARE) * len(public), f"without a docstring: {bare}"


def test_every_room_is_a_package() -> None:
    rooms = {path.parent for path in SOURCE_FILES if path.parent != SOURCE}
    bare = [name_of(room) for room in sorted(rooms) if not (room / "__init__.py").exists()]
    assert not bare, "add an __init__.py that says what the room is for"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n" + "    a = 1\n" * 3, 4),
        ('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n', 2),
    ],
)
def test_docstrings_do_not_lengthen_a_function(code: str, expected: int) -> None:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert length(node) == expected
