"""Which of a file's columns is which of ours, and which of its kinds is which of ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from twofold.domain.errors import InvalidInput
from twofold.domain.event import KINDS_BY_LABEL, RULES, WRITABLE_KINDS

PEOPLE_COLUMNS = (
    "id",
    "birth_date",
    "gender",
    "seeking",
    "place",
    "lat",
    "lon",
    "interests",
    "bio",
    "min_age",
    "max_age",
    "max_distance_km",
    "created_at",
    "last_active_at",
    "active",
)
EVENT_COLUMNS = ("actor", "target", "kind", "at", "id")
PEOPLE_REQUIRED = ("id",)
EVENT_REQUIRED = ("actor", "target", "kind", "at")
SHOWN_NAMES = 30  # of a file's columns in a message: enough to see a typo, short enough to read


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Our columns and what a file calls them.

    Args:
        ours: all columns that can be read, in the order in which rows are handed on.
        required: those without which nothing can be read.
        renamed: our column -> the file's, where they differ.

    >>> ColumnMap.of_events({"actor": "swiper_id"}).theirs
    ('swiper_id', 'target', 'kind', 'at', 'id')
    """

    ours: tuple[str, ...]
    required: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.renamed:
            if name not in self.ours:
                raise InvalidInput("--map", f"ours=theirs, where ours is one of {', '.join(self.ours)}")

    @classmethod
    def of_people(cls, renamed: Mapping[str, str] | None = None) -> ColumnMap:
        """The columns of a file of people."""
        return cls(PEOPLE_COLUMNS, PEOPLE_REQUIRED, renamed or {})

    @classmethod
    def of_events(cls, renamed: Mapping[str, str] | None = None) -> ColumnMap:
        """The columns of a file of events."""
        return cls(EVENT_COLUMNS, EVENT_REQUIRED, renamed or {})

    @property
    def theirs(self) -> tuple[str, ...]:
        """The file's name of each of our columns."""
        return tuple(self.renamed.get(name, name) for name in self.ours)

    def check(self, present: Collection[str]) -> None:
        """Raise `InvalidInput` when the file lacks a required column, or one that was mapped by name."""
        missing = [
            name
            for name in self.ours
            if (name in self.required or name in self.renamed) and self.renamed.get(name, name) not in present
        ]
        if missing:
            raise InvalidInput(
                "columns",
                f"{', '.join(missing)} among the file's columns, which are {shown(present)}; say which is which with "
                f"--map {missing[0]}=THEIR_NAME (our columns: {', '.join(self.ours)})",
            )

    def unknown(self, present: Iterable[str]) -> tuple[str, ...]:
        """Those of the file's columns that are not read."""
        known = set(self.theirs)
        return tuple(name for name in dict.fromkeys(present) if name not in known and name)


def shown(names: Iterable[str]) -> str:
    """Column names for a message: the first few, each cut to 64 printable characters.

    >>> shown(["a", "b"])
    'a, b'
    """
    clean = ["".join(char for char in name if char.isprintable())[:64] for name in names]
    more = f" and {len(clean) - SHOWN_NAMES} more" if len(clean) > SHOWN_NAMES else ""
    return ", ".join(clean[:SHOWN_NAMES]) + more if clean else "none"


def parse_columns(pairs: Iterable[str]) -> dict[str, str]:
    """``--map`` arguments as our column -> their column.

    >>> parse_columns(["actor=swiper_id"])
    {'actor': 'swiper_id'}
    """
    return dict(_pair(pair, "--map", "ours=theirs, e.g. actor=swiper_id") for pair in pairs)


def parse_kinds(pairs: Iterable[str]) -> dict[str, str]:
    """``--kind`` arguments as their kind -> our kind.

    >>> parse_kinds(["right=like", "left=dislike"])
    {'right': 'like', 'left': 'dislike'}
    """
    return dict(_pair(pair, "--kind", "theirs=ours, e.g. right=like") for pair in pairs)


def kind_numbers(renamed: Mapping[str, str] | None = None) -> dict[str, int]:
    """What each name of a kind in a file means: our own names, and the foreign ones given.

    Raises:
        InvalidInput: when a foreign name is given to a kind that does not exist or that only the service writes.
    """
    numbers = {label: int(KINDS_BY_LABEL[label]) for label in WRITABLE_KINDS}
    for theirs, ours in (renamed or {}).items():
        kind = KINDS_BY_LABEL.get(ours)
        if kind is None or RULES[kind].derived:
            raise InvalidInput("--kind", f"theirs=ours, where ours is one of {', '.join(WRITABLE_KINDS)}")
        numbers[theirs] = int(kind)
    return numbers


def _pair(text: str, option: str, expected: str) -> tuple[str, str]:
    left, separator, right = text.partition("=")
    if not separator or not left.strip() or not right.strip():
        raise InvalidInput(option, expected)
    return left.strip(), right.strip()
