"""Logistic regression, LightGBM and XGBoost as the second stage: how good, how fast, how large, how soon ready.

    python benchmarks/rankers.py [--rows 4000 100000] [--calls 2000] [--starts 5] [--seed 1] [--data DIR] [--json OUT]

The baseline is scikit-learn's own ``predict_proba`` of the same logistic regression. XGBoost takes part where it is
installed; it is no dependency. Data: seeded pairs of people whose likes depend on products and thresholds of features,
and, where its folder is there, who rates whom on bitcoin-otc by four rates as of a day before. Rows are split by time:
70 % to fit, 10 % to stop the trees, 20 % to measure on; the logistic regressions need no stopping and are fitted on the
first 80 %. Calls of all contenders take turns, and so do starts, so that a busy machine hits them alike: trust ratios.
A start is a fresh process that has imported what serves models; counted is the ranker's part, up to its first list.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import json
import pickle
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil
from threadpoolctl import threadpool_limits

from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.features.spec import VERSIONS
from twofold.metrics.probability import auc, ece, log_loss
from twofold.models.artifact import read_artifact, write_artifact
from twofold.models.loaded import LoadedModel

Predict: TypeAlias = Callable[[Any], Any]

ROOT = Path(__file__).resolve().parents[1]
LIST_ROWS = 100
FITTED, STOPPED = 0.7, 0.8  # shares of the rows, in time
DAY_SECONDS = 86_400
PRIOR = 5.0  # ratings that somebody unknown counts as having
# A ranker does not ask what its columns mean: these versions lend the data sets their widths.
WIDTHS = {len(each.names): each.name for each in VERSIONS.values()}
ALWAYS = ("logistic, scikit-learn", "logistic", "lightgbm")


@dataclass(frozen=True)
class Data:
    """Rows in the order of time: features (n, d), labels (n,), the true probabilities (n,) where they are known."""

    name: str
    features: Any
    labels: Any
    truth: Any = None

    def part(self, start: float, end: float) -> Any:
        """The examples between two shares of the rows; imported here, since a start must not bring scikit-learn."""
        from twofold.training.fitting import Examples

        first, last = int(start * len(self.labels)), int(end * len(self.labels))
        return Examples(self.features[first:last], self.labels[first:last])


def pairs(rows: int, seed: int) -> Data:
    """People who like each other by products and thresholds of nine features, of which some are unknown."""
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=(rows, 5))
    counts = rng.gamma(1.0, 3.0, (rows, 4))
    level, taste, place, gap, mood = normal.T
    odds = 0.6 * level + 0.8 * taste * place - 0.9 * (np.abs(gap) > 1) + 0.3 * mood
    odds += 0.5 * np.log1p(counts[:, 0]) * (level > 0) - 0.4 * np.log1p(counts[:, 1]) - 0.2
    features = np.column_stack([normal, counts]).astype(np.float32)
    features[rng.random(features.shape) < 0.03] = np.nan
    truth = 1 / (1 + np.exp(-odds))
    return Data(f"pairs {rows:,}", features, (rng.random(rows) < truth).astype(np.int8), truth)


def ratings(folder: Path) -> Data | None:
    """Who rates whom well on bitcoin-otc: four smoothed rates (given and received, of both) as of a day before."""
    path = folder / "bitcoin-otc" / "soc-sign-bitcoinotc.csv.gz"
    if not path.exists():
        return None
    with gzip.open(path, "rt", newline="") as file:
        rows = [(a, b, float(rating) > 0, float(at)) for a, b, rating, at in list(csv.reader(file))[1:]]
    labels = np.array([good for _, _, good, _ in rows], np.int8)
    base = labels[: int(FITTED * len(labels))].mean()
    given: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    received: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    known, features = 0, np.empty((len(rows), 4), np.float32)
    for row, (actor, target, _, at) in enumerate(rows):
        while rows[known][3] <= at - DAY_SECONDS:
            for tally in (given[rows[known][0]], received[rows[known][1]]):
                tally[0] += rows[known][2]
                tally[1] += 1
            known += 1
        tallies = (given[actor], received[actor], given[target], received[target])
        features[row] = [(good + PRIOR * base) / (total + PRIOR) for good, total in tallies]
    return Data("bitcoin-otc, a day old", features, labels)


def record_of(kind: ModelType, width: int, digest: str) -> ModelRecord:
    """What the registry would say about a model of the benchmark."""
    return ModelRecord(
        version="m1",
        type=kind,
        artifact="m1",
        digest=digest,
        created_at=Micros(0),
        log_position=0,
        as_of=Micros(0),
        feature_version=WIDTHS[width],
    )


def fit_scikit_learn(data: Data, folder: Path, seed: int) -> int:
    """The same logistic regression, kept as scikit-learn keeps it; returns the bytes on disk."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = data.part(0, STOPPED)
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    model.fit(fitted.features, fitted.labels)
    return (folder / "model.pickle").write_bytes(pickle.dumps(model))


def load_scikit_learn(folder: Path, width: int) -> Predict:
    """Read it back."""
    model = pickle.loads((folder / "model.pickle").read_bytes())  # noqa: S301 (written by this very run)
    return lambda features: model.predict_proba(features)[:, 1]


def fit_logistic(data: Data, folder: Path, seed: int) -> int:
    """Ours, as an artifact."""
    from twofold.training.fitting import fit_ranker

    width = data.features.shape[1]
    parameters = fit_ranker(data.part(0, STOPPED), VERSIONS[WIDTHS[width]].names)
    return kept(folder, {}, parameters.to_document())


def load_logistic(folder: Path, width: int) -> Predict:
    """Read, verified."""
    from twofold.rankers.logistic import LogisticRanker

    return LogisticRanker.from_model(loaded(folder, ModelType.LOGISTIC, width)).predict


def fit_lightgbm(data: Data, folder: Path, seed: int) -> int:
    """Ours, as an artifact with golden rows."""
    from twofold.training.trees import fit_trees, golden_rows

    version_name = WIDTHS[data.features.shape[1]]
    fitted = data.part(0, FITTED)
    trees = fit_trees(fitted, VERSIONS[version_name].names, data.part(FITTED, STOPPED), seed)
    return kept(folder, golden_rows(trees, version_name, fitted.features, seed), trees.to_document())


def load_lightgbm(folder: Path, width: int) -> Predict:
    """Read, verified, golden rows scored."""
    from twofold.rankers.gbdt import GbdtRanker

    return GbdtRanker.from_model(loaded(folder, ModelType.GBDT, width)).predict


def fit_xgboost(data: Data, folder: Path, seed: int) -> int:
    """Trees of the same shape, kept as XGBoost's JSON."""
    import xgboost

    from twofold.training.trees import PATIENCE, ROUNDS, SHAPE

    shape = {"eta": SHAPE["learning_rate"], "max_depth": SHAPE["max_depth"], "max_leaves": SHAPE["num_leaves"]}
    shape |= {"lambda": SHAPE["lambda_l2"], "tree_method": "hist", "grow_policy": "lossguide"}
    fitted, later = data.part(0, FITTED), data.part(FITTED, STOPPED)
    rows, stop = (xgboost.DMatrix(each.features, each.labels) for each in (fitted, later))
    # It weighs a leaf by its hessian and not by its rows: fifty rows of the base rate weigh this much.
    least = 50 * float(fitted.labels.mean() * (1 - fitted.labels.mean()))
    parameters = {**shape, "min_child_weight": least, "objective": "binary:logistic", "seed": seed, "nthread": 1}
    booster = xgboost.train(
        parameters, rows, ROUNDS, evals=[(stop, "later")], early_stopping_rounds=PATIENCE, verbose_eval=False
    )
    booster[: booster.best_iteration + 1].save_model(folder / "model.json")
    return (folder / "model.json").stat().st_size


def load_xgboost(folder: Path, width: int) -> Predict:
    """Read it back, unverified."""
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]  # kept out of a start, as ours keeps it out
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(folder / "model.json")
    return booster.inplace_predict


FIT = {
    "logistic, scikit-learn": fit_scikit_learn,
    "logistic": fit_logistic,
    "lightgbm": fit_lightgbm,
    "xgboost": fit_xgboost,
}
LOAD = {
    "logistic, scikit-learn": load_scikit_learn,
    "logistic": load_logistic,
    "lightgbm": load_lightgbm,
    "xgboost": load_xgboost,
}


def kept(folder: Path, arrays: dict[str, Any], document: Any) -> int:
    """Write an artifact; returns its bytes on disk."""
    digest = write_artifact(folder, "m1", arrays, {"ranker": document})
    (folder / "digest").write_text(digest)
    return sum(path.stat().st_size for path in (folder / "m1").iterdir())


def loaded(folder: Path, kind: ModelType, width: int) -> LoadedModel:
    """Read an artifact, every byte hashed."""
    record = record_of(kind, width, (folder / "digest").read_text())
    return LoadedModel.build(record, read_artifact(folder, record.artifact, record.digest))


def started(name: str, folder: Path, width: int) -> dict[str, float]:
    """In a fresh process: seconds and megabytes until the first list is ranked."""
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    start = time.perf_counter()
    LOAD[name](folder, width)(np.zeros((LIST_ROWS, width), np.float32))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": (process.memory_info().rss - before) / 1e6}


def starts(names: list[str], folder: Path, width: int, times: int) -> dict[str, dict[str, float]]:
    """Medians over fresh processes, contenders taking turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            command = [sys.executable, str(Path(__file__).resolve()), "--start", name, str(folder / name), str(width)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        name: {what: float(np.median([each[what] for each in runs])) for what in ("seconds", "megabytes")}
        for name, runs in found.items()
    }


def calls(predicts: dict[str, Predict], rows: Any, times: int) -> dict[str, dict[str, float]]:
    """Microseconds for one list of rows, contenders taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in predicts}
    for turn in range(times + times // 10):
        for name, predict in predicts.items():
            start = time.perf_counter()
            predict(rows)
            if turn >= times // 10:  # the first are warm-up
                taken[name].append(time.perf_counter() - start)
    return {name: {f"p{q}": 1e6 * float(np.percentile(each, q)) for q in (50, 99)} for name, each in taken.items()}


def quality(data: Data, said: Any) -> dict[str, float]:
    """Figures on the last rows."""
    labels = data.labels[int(STOPPED * len(data.labels)) :]
    return {"auc": auc(labels, said), "log_loss": log_loss(labels, said), "ece": ece(labels, said)}


def measure(data: Data, names: list[str], asked: argparse.Namespace, root: Path) -> list[dict[str, Any]]:
    """One row per contender."""
    held, width = data.part(STOPPED, 1), data.features.shape[1]
    sizes, predicts = {}, {}
    for name in names:
        folder = root / name
        folder.mkdir(parents=True)
        sizes[name] = FIT[name](data, folder, asked.seed)
        predicts[name] = LOAD[name](folder, width)
    time_of = calls(predicts, held.features[:LIST_ROWS], asked.calls)
    start_of = starts(names, root, width, asked.starts)
    rows = [
        {
            "data": data.name,
            "what": name,
            **quality(data, predicts[name](held.features)),
            **time_of[name],
            "ratio": time_of[name]["p50"] / time_of[ALWAYS[0]]["p50"],
            "bytes": sizes[name],
            **start_of[name],
        }
        for name in names
    ]
    base = np.full(len(held), data.part(0, STOPPED).labels.mean())
    said = {"always the base rate": base} | ({} if data.truth is None else {"the truth": data.truth[-len(held) :]})
    return rows + [{"data": data.name, "what": what, **quality(data, each)} for what, each in said.items()]


def table(rows: list[dict[str, Any]]) -> None:
    """Print what was measured."""
    print(f"{'data':<25}{'what':<23}{'AUC':>7}{'loss':>8}{'ECE':>7}{'p50 us':>8}{'p99 us':>8}{'ratio':>7}", end="")
    print(f"{'bytes':>9}{'start s':>9}{'MB':>6}")
    for row in rows:
        print(f"{row['data']:<25}{row['what']:<23}{row['auc']:>7.4f}{row['log_loss']:>8.4f}{row['ece']:>7.3f}", end="")
        if "p50" not in row:
            print()
            continue
        print(f"{row['p50']:>8.0f}{row['p99']:>8.0f}{row['ratio']:>7.2f}{row['bytes']:>9,}", end="")
        print(f"{row['seconds']:>9.2f}{row['megabytes']:>6.0f}")


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[4_000, 100_000])
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--start", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    threadpool_limits(1, user_api="blas")  # as the server does
    if asked.start:
        print(json.dumps(started(asked.start[0], Path(asked.start[1]), int(asked.start[2]))))
        return
    names = [*ALWAYS, *(["xgboost"] if importlib.util.find_spec("xgboost") else [])]
    machine: dict[str, Any] = {"machine": platform.machine(), "cores": psutil.cpu_count()}
    machine |= {"python": platform.python_version(), "numpy": np.__version__}
    machine |= {each: version(each) for each in ("scikit-learn", "lightgbm")}
    if "xgboost" in names:
        import xgboost

        machine["xgboost"] = xgboost.__version__
    rated = ratings(asked.data)
    data_sets = [*(pairs(rows, asked.seed) for rows in asked.rows), *([rated] if rated else [])]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(data_sets):
            rows += measure(data, names, asked, Path(folder) / str(number))
    print(f"{LIST_ROWS} rows a call, seed {asked.seed}, {machine}, {date.today().isoformat()}")  # noqa: DTZ011
    table(rows)
    if asked.json:
        asked.json.write_text(json.dumps({**machine, "seed": asked.seed, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
