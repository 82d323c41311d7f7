"""Did a numeric feature's distribution change?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from windage.arrays import Floats
from windage.checks.check import (
    STRICT,
    Check,
    Conclusion,
    Family,
    Gate,
    Level,
    Need,
    Rows,
    Verdict,
    alert,
    column_measured,
    named,
    smallest_alerting,
)
from windage.cores import usable_cores
from windage.evidence.other_subjects import other_features
from windage.evidence.senders import kinship
from windage.evidence.shares import LEAST_EFFECT, Evidence, by_rows_alone, least_by_rows_alone, strongest
from windage.evidence.spread import or_spread
from windage.evidence.tallies import FEW_ROWS, broken_days, counted_below, hours_of, is_of_the_day, numeric_cuts
from windage.profiles import distance
from windage.profiles.distance import Estimate, KsEstimate
from windage.profiles.summary import summary
from windage.profiles.window import AT_ONCE, WindowProfile
from windage.stats.effect_scale import shift_sd
from windage.stats.ordinary import LEAST_DAYS
from windage.stats.psi import bin_probabilities, quantile_cuts
from windage.vocabulary import DriftAlert, DriftTrigger, FeatureDriftReport, FeatureDriftResult, Measurement, Outcome

JUDGED = (Outcome.ok, Outcome.alert)


class _Distances(NamedTuple):
    """A feature's distances; the p-values of all features are computed together afterwards."""

    name: str
    psi: Estimate
    ks: KsEstimate
    beside_days: Evidence

    def with_p_value(self, p_value: Estimate) -> Measurement:
        estimates = {"psi": self.psi, "ks_statistic": self.ks.statistic, "ks_p_value": p_value}
        return Measurement(
            subject=self.name,
            rows=(self.ks.n, self.ks.m),
            values={**{statistic: each.value for statistic, each in estimates.items()}, **self.beside_days},
            bounds={statistic: (each.low, each.high) for statistic, each in estimates.items() if each.low < each.high},
        )


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class NumericFeature(Check):
    """Did a numeric feature's distribution change?

    The policy ``reference`` limits the PSI over equal-frequency bins of the reference, with open outer bins, and the
    p-value of the two-sample Kolmogorov–Smirnov distance. The policy ``calibrated`` compares the largest change of a
    cumulative share with ordinary days. Missing and infinite values are left to other checks.
    Sources: Lewis (1994) for PSI; Kolmogorov (1933), Smirnov (1939).
    """

    name: ClassVar[str] = "numeric_feature"
    needs: ClassVar[Need] = "numeric"
    by_column: ClassVar[bool] = True
    report_field: ClassVar[str | None] = "feature_report"
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.feature_psi, "psi", "above", 0.4, "critical"),
        Gate(DriftTrigger.feature_psi, "psi", "above", 0.2, "warning"),
        Gate(DriftTrigger.feature_ks, "ks_p_value", "below", 0.05, "warning"),
    )

    family: ClassVar[Family] = "inputs"
    calibrated: ClassVar[tuple[Gate, ...]] = (
        Gate(DriftTrigger.feature_ks, "effect_least", "at least", 0.30, "critical", p_below=1e-4),
        Gate(DriftTrigger.feature_ks, "effect", "at least", LEAST_EFFECT, "warning"),
    )

    bins: Annotated[
        int,
        Field(ge=2, le=1000, description="Equal-frequency bins for PSI; more bins detect finer changes but add noise."),
    ] = 10

    def measure(self, reference: WindowProfile, current: WindowProfile) -> Iterator[Measurement]:
        windows = (reference, current)

        def ask(name: str) -> Measurement | _Distances:
            return column_measured("numeric", name, *windows, lambda: self._measure(name, *windows), of_values=True)

        names = named("numeric", *windows)
        if current.reads_rows:
            with ThreadPoolExecutor(min(usable_cores(), AT_ONCE)) as pool:
                measured = list(pool.map(ask, names))
        else:  # all is in memory; threads would only wait for the interpreter's lock
            measured = list(map(ask, names))
        p_values = iter(distance.p_values([each.ks for each in measured if isinstance(each, _Distances)]))
        for each in measured:
            yield each if isinstance(each, Measurement) else each.with_p_value(next(p_values))

    @staticmethod
    def _beside_days(name: str, reference: WindowProfile, current: WindowProfile) -> Evidence:
        cuts = numeric_cuts(summary(reference, name), current.numeric[name])
        if not cuts.size or is_of_the_day(name, reference, current):  # value_range judges constants
            return {"p_value": 1.0, "looks": 0.0}
        broken = broken_days(reference, name)
        found = strongest(
            reference,
            current,
            counted_below(name, cuts, left_out=broken),
            prior=other_features(reference, hours_of(current)),
            kinship=kinship(reference).get(name),
        )
        if not found:
            return found
        medians = {
            "usual_median": float(summary(reference, name).quantile(0.5)[0]),
            "median": float(current.numeric[name].quantiles(np.array([0.5]))[0]),
        }
        spread = or_spread(found, name, reference, current, left_out=broken)
        return {**spread, "shift_sd": _shift(found), **medians}

    def _measure(self, name: str, reference: WindowProfile, current: WindowProfile) -> Measurement | _Distances:
        before, now = reference.numeric[name], current.numeric[name]
        rows = (before.finite, now.finite)
        if not all(rows):
            return Measurement(subject=name, rows=rows)
        psi = distance.population_stability(before, now, bins=self.bins)
        ks = distance.ks(before, now)
        beside_days = self._beside_days(name, reference, current) if len(reference.days) >= LEAST_DAYS else {}
        return _Distances(name, psi, ks, beside_days or _by_rows_alone(name, reference, current, ks))

    def conclude(self, verdicts: Sequence[Verdict], at: datetime) -> Conclusion:
        judged = [each for each in verdicts if each.outcome in JUDGED]
        results = [
            FeatureDriftResult(
                feature=each.subject,
                **{name: each.measurement.values[name] for name in ("psi", "ks_statistic", "ks_p_value")},
                bounds=each.measurement.bounds,
                is_drifted=each.gate is not None,
                **self._of_the_day_model(each),
            )
            for each in judged
        ]
        drifted = [each for each in judged if each.gate is not None]
        document = FeatureDriftReport(
            results=results,
            flagged_features=[each.subject for each in drifted],
            timestamp=at,
            unknown={each.subject: each.reason for each in verdicts if each.outcome not in JUDGED},
        )
        return Conclusion(
            document,
            [
                alert(each, at, features=[each.subject], details={"feature": each.subject, **each.measurement.values})
                for each in drifted
            ],
            f"Drifted features: {', '.join(document.flagged_features)}." if drifted else "",
        )

    def _of_the_day_model(self, verdict: Verdict) -> dict[str, float | None]:
        """The day model's statistics of a feature; empty if the feature was judged by fixed limits."""
        values = verdict.measurement.values
        if values.get("adjusted_p") is None:
            return {}
        least = smallest_alerting(verdict, self.calibrated)
        statistics = {name: values.get(name) for name in ("effect", "shift_sd", "adjusted_p")}
        return {**statistics, "detectable_sd": None if least is None or least >= 1 else shift_sd(least)}

    def row_excess(self, rows: Rows, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Floats:
        """ln(q/p) of each row's bin, less its mean over the reference; the mean over current rows is the PSI."""
        (name,) = alert.affected_features
        before, now = reference.numeric[name], current.numeric[name]
        cuts = quantile_cuts(before.quantiles(bin_probabilities(self.bins)))
        p, q = (distance.bin_counts(profile, cuts) + 0.5 for profile in (before, now))
        p, q = p / p.sum(), q / q.sum()
        log_ratio = np.log(q / p)
        values = rows.numbers(name)
        excess = log_ratio[np.searchsorted(cuts, values, "right")] - float(p @ log_ratio)
        return np.where(np.isfinite(values), excess, 0.0)

    def day_level(self, reference: WindowProfile, current: WindowProfile, alert: DriftAlert) -> Level | None:
        """The share of values below the cut at which the two windows' cumulative shares differ most."""
        (name,) = alert.affected_features
        before, now = reference.numeric[name], current.numeric[name]
        cuts = numeric_cuts(summary(reference, name), now)
        if not cuts.size:
            return None
        shares = [np.mean(each.rows_below(cuts), axis=0) / max(each.finite, 1) for each in (before, now)]
        cut = cuts[[int(np.abs(shares[1] - shares[0]).argmax())]]

        def level(day: WindowProfile) -> float | None:
            profile = day.numeric.get(name)
            if profile is None or profile.finite < FEW_ROWS:
                return None
            return float(np.mean(profile.rows_below(cut))) / profile.finite

        return level


def _by_rows_alone(name: str, reference: WindowProfile, current: WindowProfile, ks: KsEstimate) -> Evidence:
    """The change as if days did not differ; empty, at no cost, if the rows do not show any."""
    if not least_by_rows_alone(ks.statistic.low, (1 - ks.statistic.low) / 2, ks.n, ks.m):
        return {}
    cuts = numeric_cuts(summary(reference, name), current.numeric[name])
    found = by_rows_alone(reference, current, counted_below(name, cuts)) if cuts.size else {}
    return {**found, "shift_sd": _shift(found)}


def _shift(found: Evidence) -> float:
    return shift_sd(-found.get("move", 0.0))  # more rows below a cut are smaller values


CHECK = NumericFeature
