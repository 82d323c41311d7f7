"""What a folder of many monitors costs: the DAG processor builds all DAGs, a task's process those of its own monitor.

    python benchmarks/airflow/parsing.py [--monitors 500]

CPU seconds, best of three, beside the import of Airflow's SDK in the same process, which no DAG file can avoid.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
CONTEXT = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"
"""The variable in which Airflow tells a DAG file which DAG the process is for."""


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--monitors", type=int, default=500)
    monitors = parser.parse_args().monitors
    importing = cpu(lambda: __import__("airflow.sdk").sdk.DAG)
    from windage.airflow.dag import monitor_dags
    from windage.demo.home import shipped_dags

    text = (shipped_dags() / "monitors" / "flights.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for k in range(monitors):
            own = text.replace("monitor: flights", f"monitor: m{k}", 1)
            (Path(folder) / f"m{k}.yaml").write_text(own, encoding="utf-8")
        every = min(cpu(lambda: monitor_dags(folder)) for _ in range(3))
        os.environ[CONTEXT] = f"m{monitors - 1}"
        own_alone = min(cpu(lambda: monitor_dags(folder)) for _ in range(3))
    print(f"import of airflow.sdk: {importing:.2f} s")
    print(f"all DAGs of {monitors} monitors: {every:.2f} s, {1000 * every / monitors:.0f} ms each")
    print(f"those of one of them, as a task's process builds: {own_alone:.3f} s, 1/{every / own_alone:.0f} of that")


if __name__ == "__main__":
    main()
