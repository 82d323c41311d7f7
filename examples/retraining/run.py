"""A feed changes its unit, Windage pages, people label, the classifier is retrained, and the following days show it.

    python examples/retraining/run.py

Everything but the people is real: flights, DAG runs in Airflow, the queue, the estimate from labels. For the people
stands what became of each flight.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from windage.demo.home import environment
from windage.labeling.queue import ActiveLabelingQueue

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "dags"))
sys.path.insert(0, str(HERE))
PERIOD = {"window_start": "2013-03-11T00:00:00Z", "window_end": "2013-03-12T00:00:00Z"}
RETRAIN = f"""
from airflow.dag_processing.dagbag import DagBag
dags = DagBag().dags
dags["windage_labels_flights"].test()
dags["retrain_flights"].test(run_conf={PERIOD})
"""
CLASSES = ["on_time", "late", "very_late"]
LEAST_LABELS = 60


def label(queue: ActiveLabelingQueue, rows: pd.DataFrame) -> int:
    """Say of every request what became of its flight, where that is known of one flight alone; how many have a label."""
    key = ["user_id", "bucket_start_ts"]
    known = (
        rows.assign(user_id=rows["user_id"].astype(str)).drop_duplicates(key, keep=False).set_index(key)["true_label"]
    )
    while given := queue.lease("people", limit=50):
        for each in given:
            truth = known.get((each.user_id, pd.Timestamp(each.bucket_start_ts)))
            queue.mark_done(
                each.request_id, "skipped" if truth is None else "labeled", None if truth is None else str(truth),
                person="people",
            )  # fmt: skip
    return sum(each.status == "labeled" for each in queue.all_items)


def compared(rows: pd.DataFrame, model: Path) -> pd.DataFrame:
    """Accuracy and macro-F1 of the model at work, before the change and after it, and of the new one after it."""
    from sklearn.metrics import f1_score

    from flight_model import features
    from world import CHANGED

    days = rows["flight_date"].astype(str)
    after = rows[days > CHANGED]
    before = rows[(days >= "2013-03-01") & (days < CHANGED)]
    new = pickle.loads(model.read_bytes()).predict(features(after))

    def scored(of: pd.DataFrame, guessed: object) -> dict[str, float]:
        truth = of["true_label"].astype(str)
        return {"accuracy": float((truth == guessed).mean()), "macro_f1": f1_score(truth, guessed, average="macro")}

    at_work = [
        pd.Series(CLASSES)[each[["p_on_time", "p_late", "p_very_late"]].to_numpy().argmax(axis=1)].to_numpy()
        for each in (before, after)
    ]
    return pd.DataFrame(
        {
            "at work, before the change": scored(before, at_work[0]),
            "at work, after it": scored(after, at_work[1]),
            "retrained, after it": scored(after, new),
        }
    ).T


def main(home: Path) -> None:
    from world import flights, with_seconds_for_minutes, write

    settings = {
        **os.environ,
        **environment(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HERE / "dags"),
        "PYTHONPATH": str(HERE / "dags"),
    }
    rows = with_seconds_for_minutes(flights())
    write(rows, home / "windage" / "log")
    _run(settings, home, "-m", "airflow", "db", "migrate")
    _run(settings, home, "-m", "windage.airflow.one_day", "flights", "2013-03-11", str(home / "states.json"))
    queue = ActiveLabelingQueue(f"sqlite:///{home}/windage/windage.db", 1000)
    labelled = label(queue, rows)
    print(f"{labelled} of {len(queue.all_items)} rows were labelled")
    if labelled < LEAST_LABELS:
        raise SystemExit(f"too few to retrain on, see {home}/windage/reports/flights")
    _run(settings, home, "-c", RETRAIN)
    print(compared(rows, home / "windage" / "models" / "flights" / "2013-03-12" / "model.pickle").round(3).to_string())
    print(
        f"\nThe report, with the accuracy by labels: {home}/windage/reports/flights/2013-03-12T00-00Z/drift_report.html"
    )


def _run(settings: Mapping[str, str], home: Path, *arguments: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.log").open("ab") as log:
        done = subprocess.run([sys.executable, *arguments], env=settings, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed; see {home / 'run.log'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "run/retraining").absolute())
