"""Summarise Parquet files, column by column.

FILE is a Parquet file, a folder of them, a glob or a URL; several files are
read as one table.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from windage.cli.arguments import resolution
from windage.cli.exit_codes import OF_A_TASK, QUIET

EXIT_CODES = OF_A_TASK
RESOLUTION = 4096
"""The default resolution of a monitor."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the data to summarise")
    parser.add_argument(
        "--resolution",
        metavar="N|exact",
        type=resolution,
        default=RESOLUTION,
        help=f"support points per numeric column; exact keeps every value (default: {RESOLUTION}, as in a monitor)",
    )
    parser.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from windage.cli.column_description import column_description
    from windage.cli.parquet_files import parquet_files
    from windage.cli.progress import progress
    from windage.masking import without_secrets
    from windage.partitions.parquet import ParquetColumns

    began = time.perf_counter()
    columns = ParquetColumns(parquet_files(args.file), where="the data")
    found = []
    with progress("reading columns", len(columns.schema.names)) as advance:
        for name in columns.schema.names:
            found.append(column_description(columns, name, resolution=args.resolution))
            advance()
    if args.json:
        document = {
            "files": [without_secrets(file) for file in columns.files],
            "rows": columns.rows,
            "resolution": args.resolution,
            "columns": [asdict(each) for each in found],
        }
        sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
        return QUIET
    from windage.cli.views.profile_tables import print_profile

    print_profile(
        found,
        place=without_secrets(args.file),
        n_files=len(columns.files),
        rows=columns.rows,
        resolution=args.resolution,
        seconds=time.perf_counter() - began,
    )
    return QUIET
