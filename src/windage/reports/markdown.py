"""The report as Markdown, for pull requests, tickets and chats: the same words and tables as the page, escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from windage.reports.formats import clean, count, number, percent, plural, points, shortened, times, window
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.detectable import MEANING, not_asked, quiet_checks
from windage.reports.sentences.labels import between, by_labels, in_numbers
from windage.reports.sentences.report import grouped, headline, not_judged, status
from windage.reports.sentences.text import Name, Sentence, Who
from windage.reports.tables import beside_days, beside_margin, class_rows, feature_rows, missingness
from windage.vocabulary import DriftReport, TelemetrySnapshot

_PLAIN_CODE = re.compile(r"[\w.:/+-](?:[\w .:/+-]*[\w.:/+-])?", re.ASCII)
_MARKUP = re.compile(r"[\\`*\[\]<>#|~&$!@{}]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=:)/(?=/)")
_MOST_SHOWN = 25
_MOST_SUBJECTS = 12
"""Of each check's subjects; ``_MOST_SHOWN`` of everything else, as the page shows at once."""
_LONGEST_SUMMARY = 400
_WHOLE = "`drift_report.json`"


def render_markdown(report: DriftReport) -> str:
    """The whole report without its pictures, as GitHub-flavoured Markdown."""
    sections = [
        [f"# {status(report)}: {_words(headline(report))}"],
        [f"Summary: {_text(shortened(report.summary, _LONGEST_SUMMARY))}"] if report.summary else [],
        _table(("", ""), _facts(report)),
        _section("Alerts", _items(list(_alerts(report)), "more alert")),
        _section("Not judged", _items([f"- {_words(line)}" for line in not_judged(report)], "more reason")),
        _section(
            "Missing partitions", _items([f"- {window(each)}" for each in report.missing_partitions], "more partition")
        ),
        _section("Features", _features(report)),
        _section("Predictions", _predictions(report)),
        _section("What silence means", _detectable(report)),
        _section("Telemetry", _telemetry(report.telemetry_snapshot)),
        [f"Report format {report.format_version}. {_WHOLE} is authoritative; this is a view of it."],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _facts(report: DriftReport) -> Iterator[Sequence[str]]:
    if report.monitor:
        yield "Monitor", _code(Name(report.monitor))
    yield "Window", window(report.current_window)
    yield "Reference", window(report.reference_window)
    yield "Rows", f"{count(report.current_rows)} (reference {count(report.reference_rows)})"
    yield "Policy", _text(report.policy)
    if report.generated_at:
        yield "Written", f"{report.generated_at:%Y-%m-%d %H:%M:%S} UTC"


def _features(report: DriftReport) -> list[str]:
    every = feature_rows(report)
    rows = [
        (
            f"**{row.found}**" if row.found else "",
            _code(Name(row.name)),
            row.psi,
            f"{row.ks} ({row.shift})" if row.shift else row.ks,
            _text(row.p),
        )
        for row in every[:_MOST_SHOWN]
    ]
    p = "Adjusted p" if beside_days(report) else "p"
    found = Counter(row.state for row in every[_MOST_SHOWN:])
    within = f"within {'its' if found[''] == 1 else 'their'} limits"
    states = ", ".join(f"{count(n)} {state or within}" for state, n in found.items())
    left = _left(found.total(), "more feature", f" ({states})")
    return [*_table(("", "Feature", "PSI", "KS distance", p), rows), *left] if rows else []


def _alerts(report: DriftReport) -> Iterator[str]:
    """An item for each finding's first alert, with a nested item for each of its other alerts."""
    for first, *others in grouped(report):
        yield f"- **{first.severity}** {_words(alert_sentence(first))}"
        for each in others:
            yield f"  - changed with it: **{each.severity}** {_words(alert_sentence(each))}"


def _detectable(report: DriftReport) -> list[str]:
    quiet = quiet_checks(report)
    rows = [
        (_text(each.title), _code(Name(name)), size) for each in quiet for name, size in each.subjects[:_MOST_SUBJECTS]
    ]
    left = _left(sum(max(len(each.subjects) - _MOST_SUBJECTS, 0) for each in quiet), "more subject")
    sizes = [MEANING, "", *_table(("", "Subject", "Smallest change"), rows), *left] if rows else []
    blind = [f"- {_words(each)}" for each in not_asked(report)]
    return [*sizes, *([""] if sizes and blind else []), *blind]


def _predictions(report: DriftReport) -> list[str]:
    rows: list[Sequence[str]] = []
    reject, entropy = report.reject_rate_drift, report.entropy_drift
    if reject and reject.cur_rate is not None:
        rows.append(("reject rate", percent(reject.ref_rate), percent(reject.cur_rate), points(reject.increase)))
    if entropy and entropy.cur_mean_entropy is not None:
        means = number(entropy.ref_mean_entropy), number(entropy.cur_mean_entropy)
        rows.append(("mean entropy, nats", *means, times(entropy.ratio)))
    if (estimate := report.estimated_accuracy) and estimate.current is not None:
        shares = percent(estimate.reference), percent(estimate.current)
        rows.append(("accuracy, if the probabilities are calibrated", *shares, beside_margin(estimate)))
    if (found := report.realised_performance) and found.accuracy is not None:
        rows.append((f"accuracy, {by_labels(found)}", "", percent(found.accuracy), between(found.accuracy_interval)))
        rows.append((f"macro-F1, {by_labels(found)}", "", number(found.macro_f1), in_numbers(found.macro_f1_interval)))
    classes = class_rows(report.class_shift)
    for row in classes[:_MOST_SHOWN]:
        mark = "**moved**" if row.shifted else ""
        rows.append((f"class {_code(Name(row.name))}", percent(row.reference), percent(row.current), mark))
    left = _left(len(classes) - _MOST_SHOWN, "more class", many="more classes")
    return [*_table(("", "Reference", "Current", "Change"), rows), *left] if rows else []


def _telemetry(snapshot: TelemetrySnapshot | None) -> list[str]:
    if snapshot is None:
        return []
    rows: list[Sequence[str]] = [
        ("rows predicted", count(snapshot.total_windows)),
        *([("reject rate", percent(snapshot.reject_rate))] if snapshot.class_distribution else []),
        *([("mean entropy, nats", number(snapshot.mean_entropy))] if snapshot.mean_entropy else []),
        ("schema", _text(snapshot.schema_version)),
    ]
    if snapshot.confidence_stats:
        rows += [(f"confidence, {name}", number(value)) for name, value in snapshot.confidence_stats]
    missing = missingness(snapshot.feature_missingness)
    rows += [(f"missing in {_code(Name(name))}", percent(share)) for name, share in missing[:_MOST_SHOWN]]
    return [
        *_table(("", ""), rows),
        *_left(
            len(missing) - _MOST_SHOWN, "more feature with missing values", many="more features with missing values"
        ),
    ]


def _items(lines: Sequence[str], what: str) -> list[str]:
    """The first items of a list, and how many are left out."""
    left = len(lines) - _MOST_SHOWN
    return [*lines[:_MOST_SHOWN], *([f"- and {plural(left, what)} in {_WHOLE}"] if left > 0 else [])]


def _left(n: int, what: str, detail: str = "", *, many: str | None = None) -> list[str]:
    """A paragraph below a table on how many rows are left out."""
    return ["", f"And {plural(n, what, many)}{detail} in {_WHOLE}."] if n > 0 else []


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines] if lines else []


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    ruled = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in ruled]


def _words(sentence: Sentence) -> str:
    parts = [
        _text(part.shown) if isinstance(part, Who) else _code(part) if isinstance(part, Name) else _text(part)
        for part in sentence
    ]
    if parts and not isinstance(sentence[0], Name):
        parts[0] = parts[0][:1].upper() + parts[0][1:]
    return "".join(parts)


def _code(name: Name) -> str:
    """A name as code: between backticks if that is clearly safe, else as HTML with every special character escaped."""
    shown = name.shown
    return f"`{shown}`" if _PLAIN_CODE.fullmatch(shown) else f"<code>{_entities(shown)}</code>"


def _text(text: str) -> str:
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", clean(text))


def _entities(text: str) -> str:
    return "".join(each if each.isalnum() or each == " " else f"&#{ord(each)};" for each in text)
