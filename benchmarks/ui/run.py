"""What Windage's pages cost: the server's answer and the browser's paint, for many monitors and for wide ones.

    python benchmarks/ui/run.py [--monitors 50] [--windows 365] [--features 500] [--out FILE]

Fills a store with a synthetic history, starts Airflow's own API server on it, and asks each page as a signed-in admin
does. The physical limit of the same run is Airflow's own health endpoint on the same server.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np

DAY = timedelta(days=1)
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
WIDE = "wide"
REPEATS = 9
WITHIN_MS = 300
PAINT_MS = 1000


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="windage-bench-ui-") as folder:
        home = Path(folder)
        began = time.perf_counter()
        _fill(home, monitors=options.monitors, windows=options.windows, features=options.features)
        print(f"filled {options.monitors} monitors × {options.windows} windows in {time.perf_counter() - began:.0f} s")
        with _server(home) as (base, token):
            lines = _table(base, token, options)
    text = "\n".join(lines)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=50)
    parser.add_argument("--windows", type=int, default=365)
    parser.add_argument("--features", type=int, default=500)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _fill(home: Path, *, monitors: int, windows: int, features: int) -> None:
    """Histories as monitors leave them: measurements of every check with as many subjects, and an alert now and then."""
    from windage.history.record import Cell, Line, WindowRecord
    from windage.history.store import HistoryStore
    from windage.incidents.model import WindowFinding, WindowVerdict
    from windage.incidents.store import IncidentStore
    from windage.spec.model import MonitorSpec
    from windage.store.database import Database
    from windage.vocabulary import CheckResult, Measurement, Outcome, Window

    (home / "dags").mkdir()
    database = Database(f"sqlite:///{home}/windage.db")
    history, incidents = HistoryStore(database), IncidentStore(database)
    random = np.random.default_rng(0)
    widths = {f"monitor-{k:03}": 16 for k in range(monitors - 1)} | {WIDE: features}
    for monitor, width in widths.items():
        names = [f"feature_{k:03}" for k in range(width)]
        spec = MonitorSpec.model_validate(
            {
                "monitor": monitor,
                "start": BEGIN,
                "log": {"location": "log/{start:%Y-%m-%d}", "numeric": names, "label": "label"},
                "reference": {"trailing": "28d"},
            }
        )
        for day in range(windows):
            window = Window(start=BEGIN + day * DAY, end=BEGIN + (day + 1) * DAY)
            alerts = {names[int(random.integers(width))]} if random.random() < 0.05 else set()
            moves = random.normal(0, 0.04, width)
            measured = {
                check: CheckResult(
                    check=check,
                    measurements=tuple(
                        Measurement(
                            subject=name,
                            rows=(28_000, 1000),
                            values={"move": float(move), "effect": abs(float(move)), "deviation": 0.03, "freedom": 27.0,
                                    "p_value": 0.4, "psi": 0.02, "ks_statistic": 0.04, "looks": 12.0},
                        )
                        for name, move in zip(names, moves, strict=True)
                    ),
                )
                for check in ("numeric_feature", "missingness", "value_range")[: 3 if monitor == WIDE else 0]
            }  # fmt: skip
            record = WindowRecord(
                monitor=monitor,
                window=window,
                state="warning" if alerts else "ok",
                n_alerts=len(alerts),
                rows=1000,
                headline="Nothing moved beyond its limit.",
                lines={name: Line(0.1) for name in ("reject_rate", "entropy", "confidence", "rows")},
                classes={"a": 0.7, "b": 0.3},
                wholes={"class_shift": Cell(0.01, "ok"), "reject_rate": Cell(0.0, "ok")},
                cells={
                    name: Cell(round(abs(float(move)), 4), "warning" if name in alerts else "ok")
                    for name, move in zip(names, moves, strict=True)
                },
            )
            history.keep(record, measured.values(), spec)
            seen = tuple(
                WindowFinding(
                    subjects=(f"feature {name}",), triggers=("feature_ks",), severity="warning", headline="It moved."
                )
                for name in alerts
            )
            outcome = Outcome.alert if alerts else Outcome.ok
            incidents.record(WindowVerdict(monitor=monitor, window=window, outcome=outcome, findings=seen))


@contextmanager
def _server(home: Path) -> Iterator[tuple[str, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://localhost:{port}"
    settings = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ada:admin",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": base,
        "AIRFLOW__WINDAGE__DATABASE_URL": f"sqlite:///{home}/windage.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "OPENBLAS_NUM_THREADS": "1",
    }
    airflow = [sys.executable, "-m", "airflow"]
    with (home / "airflow.log").open("wb") as log:
        subprocess.run([*airflow, "db", "migrate"], env=settings, stdout=log, stderr=log, check=True)
        _register(home, settings, log)
        server = subprocess.Popen([*airflow, "api-server"], env=settings, stdout=log, stderr=log)
        try:
            yield base, _token(base, home)
        finally:
            server.terminate()
            server.wait(30)


def _register(home: Path, settings: dict[str, str], log: object) -> None:
    """A DAG of its name for each monitor: what Airflow knows none of, it lets nobody see in a list."""
    (home / "dags" / "all.py").write_text(
        "from airflow.sdk import DAG\n"
        f"import json\nfor name in json.loads({json.dumps(json.dumps(_names(home)))}):\n"
        "    globals()[name] = DAG(name, schedule=None)\n"
    )
    subprocess.run(
        [sys.executable, "-m", "airflow", "dags", "reserialize"], env=settings, stdout=log, stderr=log, check=True
    )


def _names(home: Path) -> list[str]:
    from windage.history.store import HistoryStore
    from windage.store.database import Database

    return list(HistoryStore(Database(f"sqlite:///{home}/windage.db")).specs())


def _token(base: str, home: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            passwords = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text())
            signed_in = httpx.post(
                f"{base}/auth/token", json={"username": "ada", "password": passwords["ada"]}, timeout=5
            )
            return str(signed_in.json()["access_token"])
        except (OSError, httpx.HTTPError):
            time.sleep(0.5)
    raise SystemExit(f"Airflow did not come up; see {home / 'airflow.log'}.")


def _table(base: str, token: str, options: argparse.Namespace) -> list[str]:
    wide = f"/windage/monitors/{WIDE}"
    pages = {
        f"overview, {options.monitors} monitors": "/windage/",
        f"incidents of {options.monitors} monitors": "/windage/incidents",
        f"monitor, {options.features} features, 90 windows": f"{wide}?last=90",
        f"monitor, {options.features} features, {options.windows} windows": f"{wide}?last={options.windows}",
        f"its heat map as JSON, {options.windows} windows": f"/windage/api/v1/monitors/{WIDE}/heat?last={options.windows}",
        "a feature's timeline": f"/windage/api/v1/monitors/{WIDE}/timeline?check=numeric_feature&subject=feature_007&last={options.windows}",
        "a line": f"/windage/api/v1/monitors/{WIDE}/lines/reject_rate?last={options.windows}",
        "its incidents": f"{wide}/incidents",
        "its policy": f"{wide}/policy",
    }
    floor, _ = _asked(base, "/api/v2/version", token)
    command = f"python benchmarks/ui/run.py --monitors {options.monitors} --windows {options.windows}"
    rows = [
        "# What the pages cost",
        "",
        f"`{command} --features {options.features}`",
        f"on {_machine()}. Targets: {WITHIN_MS} ms on the server, {PAINT_MS} ms to the first paint.",
        "",
        f"| page | server, ms (median of {REPEATS}) | KiB | × Airflow's version endpoint |",
        "|---|---|---|---|",
        f"| Airflow's version endpoint | {floor:.0f} | | 1 |",
    ]
    for what, path in pages.items():
        took, size = _asked(base, path, token)
        rows.append(
            f"| {what} | {took:.0f}{' (above)' if took > WITHIN_MS else ''} | {size / 1024:.0f} | {took / floor:.0f} |"
        )
    rows += ["", "| page in Chromium | first contentful paint, ms | charts drawn, ms |", "|---|---|---|"]
    return rows + _painted(base, token, {what: path for what, path in pages.items() if "api" not in path})


def _machine() -> str:
    from importlib.metadata import version

    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    parts = ", ".join(f"{name} {version(name)}" for name in ("apache-airflow", "fastapi", "sqlalchemy"))
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {parts}"


def _asked(base: str, path: str, token: str) -> tuple[float, int]:
    took, size = [], 0
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html", "Accept-Encoding": "identity"}
    with httpx.Client(headers=headers, timeout=60) as client:
        for _ in range(REPEATS + 1):
            began = time.perf_counter()
            size = len(client.get(base + path).content)
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:]), size


def _painted(base: str, token: str, pages: dict[str, str]) -> list[str]:
    from playwright.sync_api import sync_playwright

    rows = []
    with sync_playwright() as driver:
        chromium = os.environ.get("WINDAGE_CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "_token", "value": token, "url": base}])
        page = context.new_page()
        page.goto(f"{base}/windage/")
        for what, path in pages.items():
            page.goto(base + path)
            page.wait_for_timeout(300)
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            drawn = "–"
            if page.locator("figure[data-source]").count():
                page.locator("figure[data-source]").first.scroll_into_view_if_needed()
                page.wait_for_selector("figure .uplot canvas")
                drawn = f"{page.evaluate('performance.now()'):.0f}"
            rows.append(f"| {what} | {paint:.0f}{' (above)' if paint > PAINT_MS else ''} | {drawn} |")
        browser.close()
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
