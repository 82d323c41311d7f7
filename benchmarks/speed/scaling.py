"""Partitions profiled by Spark with one executor and with two, and by the local engine, on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from whole import prepared, table

MEASURE = """
import sys, time, os, warnings
warnings.simplefilter("ignore")
from datetime import timedelta
from pathlib import Path
from windage.judging.job import WindowJob
from windage.partitions.engines.engine import engine
from windage.spec import load_monitor
from windage.vocabulary import Window

folder, kind, address = Path(sys.argv[1]), sys.argv[2], sys.argv[3] or None
settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
spec = load_monitor(folder / "bench.yaml")
job = WindowJob(spec, storage=str(folder))
partitions = job.partitions(Window(start=spec.start, end=spec.start + timedelta(days=12)))
chosen = engine(kind, address, settings if kind == "spark" else {"workers": sys.argv[4]})
if kind == "spark":
    from pyspark.sql import SparkSession
    builder = SparkSession.builder.master(address)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    list(chosen.profiles(partitions[:2], job.recipe))  # executors and their Pythons start
began = time.perf_counter()
n = len(list(chosen.profiles(partitions, job.recipe)))
print(n, time.perf_counter() - began)
"""


def measured(rows: int) -> str:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        prepared("days.py", folder, rows, 12, 4)
        for name, kind, address, workers in (
            ("local, one thread", "local", "", "1"),
            ("local, two threads", "local", "", "2"),
            ("Spark, one executor of one core", "spark", "local-cluster[1,1,2048]", "1"),
            ("Spark, two executors of one core", "spark", "local-cluster[2,1,2048]", "1"),
        ):
            command = [sys.executable, "-c", MEASURE, folder, kind, address, workers]
            environment = {**os.environ, "PYSPARK_PYTHON": sys.executable}
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            n, seconds = done.stdout.split()[-2:]
            found[name] = (int(n), float(seconds))
    first = {"local": found["local, one thread"][1], "Spark": found["Spark, one executor of one core"][1]}
    rows_of_table = [
        [name, f"{seconds:.1f}", f"{n * rows / seconds / 1e6:.2f}", f"{first[name.split(',')[0]] / seconds:.2f}"]
        for name, (n, seconds) in found.items()
    ]
    title = f"### Twelve partitions of {rows:,} rows × 16 features, on two cores"
    return f"{title}\n\n" + table(["", "wall s", "million rows a second", "faster than with one"], rows_of_table)
