"""Compare two sets of predictions for drift.

REF and CUR are each a Parquet file, a folder of them, a glob
('logs/2013-03-*.parquet') or a URL (s3://…). The meaning of columns is guessed
from their names and shown in the output; use the options to correct it.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from windage.cli.arguments import resolution
from windage.cli.exit_codes import OF_A_VERDICT, of_report
from windage.cli.output import print_document
from windage.errors import InvalidInput

if TYPE_CHECKING:
    from windage.policy import ReferencePolicy

EXIT_CODES = OF_A_VERDICT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from windage.policy import ReferencePolicy

    parser.add_argument("reference", metavar="REF", help="the predictions to compare with")
    parser.add_argument("current", metavar="CUR", help="the predictions to judge")
    columns = parser.add_argument_group("columns", "column names; use - for none")
    columns.add_argument("--label", metavar="COL", help="predicted label")
    columns.add_argument("--user", metavar="COL", help="user column, for attribution")
    columns.add_argument("--confidence", metavar="COL", help="largest probability")
    columns.add_argument("--probabilities", metavar="A,B", type=_names, help="class probabilities")
    columns.add_argument("--features", metavar="A,B", type=_names, help="features to compare, instead of all")
    columns.add_argument("--reject-label", metavar="X", help="label of rows the classifier declined to decide")
    limits = parser.add_argument_group("limits")
    for name, field in ReferencePolicy.model_fields.items():
        if field.annotation in (int, float):
            said = f"{field.description} (default: {field.default})".replace("%", "%%")
            limits.add_argument(
                _option(name), dest=name, type=int if field.annotation is int else float, metavar="N", help=said
            )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--resolution",
        metavar="N|exact",
        type=resolution,
        default=argparse.SUPPRESS,
        help="support points per column: 4096 saves memory and is accurate to ± 0.0005 (default: exact; 4096 for windows of "
        "more than a million rows)",
    )
    output.add_argument(
        "--report",
        metavar="PLACE",
        action="append",
        default=[],
        help="write the report to FILE.json, FILE.html or FILE.md, or all three to a folder or URL; repeatable",
    )
    output.add_argument("--json", action="store_true", help="print only the report, as JSON")


def run(args: argparse.Namespace) -> int:
    from windage.cli.columns import reading
    from windage.cli.parquet_files import parquet_files
    from windage.cli.progress import WatchedColumns, progress
    from windage.cli.report_files import try_to_write, write_report
    from windage.judging.comparison import compare, resolution_for
    from windage.reports.document import to_json
    from windage.spec.choice import checks_for

    began = time.perf_counter()
    policy = _policy(args)
    reference = WatchedColumns(parquet_files(args.reference), where="the reference window")
    current = WatchedColumns(parquet_files(args.current), where="the current window")
    found = reading(args, reference.schema, current.schema)
    log = found.log
    wanted = {*log.numeric, *log.probabilities, log.label, log.confidence, log.user, log.bucket_start} - {None}
    with progress(
        "reading columns", sum(name in each.schema.names for each in (reference, current) for name in wanted)
    ) as advance:
        reference.on_first_read = current.on_first_read = advance
        points = args.resolution if "resolution" in args else resolution_for(reference, current)
        report = compare(reference, current, log, checks=checks_for(log, policy), policy=policy, resolution=points)
    written, unwritten = try_to_write(lambda: [each for place in args.report for each in write_report(report, place)])
    if args.json:
        print_document(to_json(report).decode())
    else:
        from windage.cli.views.check_facts import facts
        from windage.cli.views.report_view import print_report

        seconds = time.perf_counter() - began
        print_report(report, facts(args, found, report), written=written, is_kept=not unwritten, seconds=seconds)
    if unwritten is not None:
        raise unwritten
    return of_report(report)


def _policy(args: argparse.Namespace) -> ReferencePolicy:
    from pydantic import ValidationError

    from windage.faults import fault_in_words
    from windage.policy import ReferencePolicy

    given = {name: value for name in ReferencePolicy.model_fields if (value := getattr(args, name, None)) is not None}
    try:
        return ReferencePolicy(**given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise InvalidInput(f"{_option(str(fault['loc'][0]))} {fault_in_words(fault)}") from error


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("must name at least one column")
    return names


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
