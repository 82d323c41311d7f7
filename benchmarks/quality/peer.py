"""Published peers as judges: each in an environment of its own, asked over a pipe.

    python benchmarks/quality/peer.py            installs what is missing, into .cache/peers
    python benchmarks/quality/run.py --quick --policy calibrated,evidently,nannyml,alibi-detect

A peer sees what a user would give it: the features, the predicted label, the confidence, and whether a row was
rejected; its reference is the same trailing days. What it calls drifted is a warning, because no peer knows severities.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windage.vocabulary import CheckOutcome, DriftAlert, DriftReport, DriftTrigger, Outcome
from world import Day

if TYPE_CHECKING:
    from judges import Past, Today

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "peers"
SCRIPTS = Path(__file__).parent / "peers"
REQUIRED: Mapping[str, Sequence[str]] = {
    "evidently": ("evidently==0.7.23", "pandas<3", "numpy<2.4"),
    "nannyml": ("nannyml==0.13.1", "pandas<3", "numpy<2.4", "statsmodels"),
    "alibi-detect": ("alibi-detect==0.13.0", "pandas<3"),
}
REJECT = "Mixed/Unknown"
MOST_FILES = 512
TRIGGERS = {
    "predicted_label": DriftTrigger.class_shift,
    "confidence": DriftTrigger.confidence_drop,
    "rejected": DriftTrigger.reject_rate_increase,
}


def installed() -> list[str]:
    return [name for name in REQUIRED if _python(name).exists()]


def install(name: str) -> None:
    """An environment with the peer and what it needs, by uv where the repository has it, else by pip."""
    uv = ROOT / ".cache" / "uv" / "bin" / "uv"
    place = HOME / name
    if uv.exists():
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, place], check=True)
        subprocess.run([uv, "pip", "install", "-q", "-p", _python(name), *REQUIRED[name]], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([_python(name), "-m", "pip", "install", "-q", *REQUIRED[name]], check=True)


def _python(name: str) -> Path:
    return HOME / name / "bin" / "python"


class Peer:
    """A peer's process, and the files in which it finds the days."""

    def __init__(self, name: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="windage-peer-")
        self._files: OrderedDict[int, tuple[Day, Path]] = OrderedDict()
        self._written = 0
        script = SCRIPTS / f"{name.replace('-', '_')}_judge.py"
        self._process = subprocess.Popen(
            [_python(name), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        Finalize(None, self.stop, exitpriority=1)  # runs at the end of a pool's process too, where atexit does not

    def ask(self, reference: Sequence[Day], current: Day) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the peer's process has no pipes")
        question = {
            "reference": [str(self._file(day)) for day in reference],
            "current": str(self._file(current)),
            "numeric": [*current.numeric, "confidence"],
            "text": [*current.categorical, "predicted_label", "rejected"],
        }
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the peer's process ended without an answer; run its script by hand to see why")
        return dict(json.loads(answer))

    def _file(self, day: Day) -> Path:
        """Each day is written once; a file's name is never used again, because the peer remembers what it read."""
        if id(day) in self._files:
            self._files.move_to_end(id(day))
            return self._files[id(day)][1]
        path = Path(self._folder.name) / f"{self._written}.npz"
        self._written += 1
        np.savez(path, **_columns(day))
        self._files[id(day)] = day, path
        if len(self._files) > MOST_FILES:
            self._files.popitem(last=False)[1][1].unlink()
        return path

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def _columns(day: Day) -> dict[str, Any]:
    def texts(values: Any) -> Any:
        return np.array(["" if each is None else str(each) for each in values], dtype=np.str_)

    return {
        **{f"n:{name}": values for name, values in day.numeric.items()},
        "n:confidence": day.probabilities.max(axis=1),
        **{f"t:{name}": texts(values) for name, values in day.categorical.items()},
        "t:predicted_label": texts(day.labels),
        "t:rejected": texts(np.where(day.labels == REJECT, "yes", "no")),
        "time": day.times.astype("datetime64[s]").astype(np.int64),
    }


_PEERS: dict[str, Peer] = {}


def by_peer(past: Sequence[Past], today: Today, *, peer: str, reach: timedelta) -> DriftReport:
    """What a peer says of today beside the trailing days."""
    process = _PEERS.get(peer) or _PEERS.setdefault(peer, Peer(peer))
    found = process.ask([each.rows for each in past if each.start >= today.start - reach], today.rows)
    alerts = [
        DriftAlert(
            trigger=TRIGGERS.get(name, DriftTrigger.feature_ks),
            severity="warning",
            details=details,
            affected_features=[] if name in TRIGGERS else [name],
            timestamp=today.start,
        )
        for name, details in found.get("drifted", {}).items()
    ]
    broke = found.get("error")
    outcomes = {peer: CheckOutcome(outcome=Outcome.error, reason=broke)} if broke else {}
    return DriftReport(alerts=alerts, policy=peer, outcomes=outcomes)


if __name__ == "__main__":
    for each in REQUIRED:
        if each not in installed():
            print(f"installing {each} …", flush=True)
            install(each)
    print(f"installed: {', '.join(installed())}")
