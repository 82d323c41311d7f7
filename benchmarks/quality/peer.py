"""Published peers as judges: each in an environment of its own, asked over a pipe.

    python benchmarks/environments.py            installs what is missing, into .cache/peers
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
from collections.abc import Sequence
from datetime import timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from judge import Past, Today

from environments import installed, python
from windage.vocabulary import CheckOutcome, DriftAlert, DriftReport, DriftTrigger, Outcome
from world import Day

SCRIPTS = Path(__file__).parent / "peers"
REJECT = "Mixed/Unknown"
MOST_FILES = 512
TRIGGERS = {
    "predicted_label": DriftTrigger.class_shift,
    "confidence": DriftTrigger.confidence_drop,
    "rejected": DriftTrigger.reject_rate_increase,
}


def judges() -> list[str]:
    """The peers that are installed and have a script here."""
    return [name for name in installed() if _script(name).exists()]


def _script(name: str) -> Path:
    return SCRIPTS / f"{name.replace('-', '_')}_judge.py"


class Peer:
    """A peer's process, and the files in which it finds the days."""

    def __init__(self, name: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="windage-peer-")
        self._files: OrderedDict[int, tuple[Day, Path]] = OrderedDict()
        self._written = 0
        self._process = subprocess.Popen(
            [python(name), _script(name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
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
