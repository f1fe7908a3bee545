"""The rows a ranker learns from, as a Parquet file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats
from twofold.domain.errors import InvalidInput, Unavailable
from twofold.training.rows import Rows

# Where the schema's metadata holds the JSON that says what the rows are.
METADATA_KEY = "twofold"


class TrainingSetFile:
    """Writes rows group by group, beside the file they become: one that is there is whole.

    Columns: ``viewer``, ``candidate`` (ids), ``label`` (1 liked, 0 not), ``decided_at``, ``as_of``, ``as_of_position``
    (null where none limits the row), ``of_list``, then one float32 per feature; NaN is unknown.

    Args:
        path: of the file; one that is there is replaced in the end.

    Raises:
        InvalidInput: pyarrow is not installed, or the path's folder does not exist.

    >>> TrainingSetFile(Path("no/such/folder/rows.parquet"))
    Traceback (most recent call last):
    twofold.domain.errors.InvalidInput: --out: expected a file in a folder that exists
    """

    def __init__(self, path: Path) -> None:
        self._arrow, self._parquet = _pyarrow()
        if path.is_dir() or not path.parent.is_dir():
            raise InvalidInput("--out", "a file in a folder that exists")
        self._path, self._part = path, path.with_name(f".{path.name}.{os.getpid()}.part")
        self._writer: Any = None
        self._ids: Any = None
        self._features: tuple[str, ...] = ()

    def begin(self, ids: Sequence[str | None], features: tuple[str, ...], metadata: Mapping[str, Any]) -> None:
        """Say what comes: ids by key, names of the feature columns, and what the rows are.

        Raises:
            Unavailable: the file cannot be written.
        """
        arrow = self._arrow
        moment = arrow.timestamp("us", tz="UTC")
        columns = {
            "viewer": arrow.string(),
            "candidate": arrow.string(),
            "label": arrow.int8(),
            "decided_at": moment,
            "as_of": moment,
            "as_of_position": arrow.int64(),
            "of_list": arrow.bool_(),
            **{name: arrow.float32() for name in features},
        }
        self._ids, self._features = arrow.array(ids, arrow.string()), features
        schema = arrow.schema(columns.items(), {METADATA_KEY: json.dumps(metadata, sort_keys=True)})
        try:
            self._writer = self._parquet.ParquetWriter(self._part, schema, compression="zstd")
        except OSError as error:
            raise _unwritable(error) from error

    def write(self, rows: Rows, features: Floats) -> None:
        """One group: rows (n,) and their features (n, d).

        Raises:
            Unavailable: the file cannot be written.
        """
        arrow, schema = self._arrow, self._writer.schema
        decisions, of_list = rows.decisions, rows.of_list
        positions = np.zeros(len(rows), np.int64) if rows.as_of.positions is None else rows.as_of.positions
        columns = [
            self._ids.take(arrow.array(decisions.actor)),
            self._ids.take(arrow.array(decisions.target)),
            arrow.array(decisions.label, arrow.int8()),
            self._moments(decisions.at),
            self._moments(rows.as_of.moments),
            arrow.array(positions, mask=~of_list),
            arrow.array(of_list),
            *(arrow.array(np.ascontiguousarray(features[:, place])) for place in range(len(self._features))),
        ]
        try:
            self._writer.write_table(arrow.table(columns, schema=schema))
        except OSError as error:
            raise _unwritable(error) from error

    def __enter__(self) -> TrainingSetFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the file in its place; after an error nothing of it stays."""
        try:
            if self._writer is not None:
                self._writer.close()
                if error is None:
                    self._finish()
        except OSError as failed:
            raise _unwritable(failed) from failed
        finally:
            self._part.unlink(missing_ok=True)

    def _finish(self) -> None:
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        self._part.replace(self._path)

    def _moments(self, micros: NDArray[np.int64]) -> Any:
        return self._arrow.array(micros).cast(self._arrow.timestamp("us", tz="UTC"))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InvalidInput("--out", 'pyarrow to write Parquet: pip install "twofold[parquet]"') from None
    return pyarrow, parquet


def _unwritable(error: OSError) -> Unavailable:
    return Unavailable(f"the file cannot be written ({error.strerror or type(error).__name__}); check space and folder")
