"""Replay a monitor's history under another policy.

Uses cached profiles and changes nothing. Prints which windows alert and page
under the monitor's policy and under the changed one, and the differences. --set
takes policy keys: --set input_level=0.0005, or
--set limits.feature_ks.warning=0.10. With --max-critical-per-quarter, the
changed policy has the critical_scale that was found.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from windage.cli.exit_codes import BROKEN, OF_A_TASK, QUIET
from windage.cli.output import print_json
from windage.cli.places import engine_of, monitor_and_storage
from windage.errors import InvalidInput, did_you_mean, listed

if TYPE_CHECKING:
    from windage.policy import Policy

EXIT_CODES = OF_A_TASK
MOST_LISTED = 40
HEADS = ("present policy", "changed policy")
SIDES = ("present", "changed")
DIFFERENCES = ("newly_alerting", "newly_silent", "newly_critical", "no_longer_critical")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("monitor", metavar="MONITOR.yaml", help="the monitor's YAML file")
    parser.add_argument("--from", dest="begin", metavar="DAY", required=True, help="first day to judge (UTC)")
    parser.add_argument("--to", dest="end", metavar="DAY", required=True, help="end day, exclusive (UTC)")
    parser.add_argument("--policy", metavar="NAME", help="calibrated or reference (default: the monitor's)")
    parser.add_argument(
        "--set",
        dest="settings",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="policy key to change; repeatable",
    )
    parser.add_argument(
        "--max-critical-per-quarter",
        metavar="N",
        type=_count,
        help="find the smallest critical_scale that stays within N",
    )
    parser.add_argument("--profile", action="store_true", help="read partitions that have no profile yet")
    parser.add_argument("--storage", metavar="DIR", help="path or URL of the profiles (default: the monitor's)")
    parser.add_argument("--json", action="store_true", help="print only JSON")


def run(args: argparse.Namespace) -> int:
    from windage.cli.progress import progress
    from windage.cli.windows import period_of
    from windage.history.replay import Replay, compared, judged, within_budget
    from windage.judging.job import WindowJob
    from windage.partitions.broken_files import all_of_them
    from windage.reports.formats import plural

    began = time.perf_counter()
    spec, storage = monitor_and_storage(args)
    changed = changed_policy(spec.policy, args.policy, args.settings)
    job = WindowJob(spec, storage=storage, engine=engine_of(spec))
    replay = Replay(job)
    plans = replay.plans(period_of(args.begin, args.end, spec))
    unread = replay.unprofiled(plans)
    if unread and not args.profile:
        raise InvalidInput(
            f"{plural(len(unread), 'partition')} {'has' if len(unread) == 1 else 'have'} no profile yet (first: "
            f"{unread[0].period}). Add --profile to read them now."
        )
    with progress("reading partitions", len(unread)) as advance:
        job.profiler.profile_all(unread, advance, spare=all_of_them)
    measured = replay.measured(plans, [spec.policy, changed])
    checks = replay.checks(changed)
    budget, scale = args.max_critical_per_quarter, None
    if budget is not None:
        scale = within_budget(measured, checks, changed, most_critical=budget)
        changed = changed.model_copy(update={} if scale is None else {"critical_scale": scale})
    told = compared(
        spec.monitor,
        judged(measured, replay.checks(spec.policy), spec.policy),
        judged(measured, checks, changed),
    ).model_dump()
    told["broken"] = [f"{each.period.start:%Y-%m-%d}" for each in job.profiler.missing(unread)]
    if budget is not None:
        told |= {"max_critical_per_quarter": budget, "critical_scale": scale}
    if args.json:
        print_json(told)
    else:
        _print(told, is_changed=changed != spec.policy, seconds=time.perf_counter() - began)
    return QUIET if budget is None or scale is not None else BROKEN


def changed_policy(present: Policy, name: str | None, settings: Sequence[str]) -> Policy:
    """The policy with another preset, other settings, or both.

    Raises:
        InvalidInput: there is no such policy or setting, or a value is invalid.
    """
    from pydantic import ValidationError

    from windage.faults import A_KEY, fault_in_words
    from windage.policy import PRESETS

    if name is not None and name not in PRESETS:
        raise InvalidInput(
            f"unknown policy {name!r}.{did_you_mean(name, PRESETS)} Available policies: calibrated, reference."
        )
    kind = type(present) if name is None else PRESETS[name]
    values: dict[str, Any] = present.model_dump(mode="json") if kind is type(present) else {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise InvalidInput(f"--set {setting!r} has no value. Write KEY=VALUE, such as input_level=0.0005.")
        *sections, last = key.split(".")
        section: Any = values
        for each in sections:
            section = section.setdefault(each, {}) if isinstance(section, dict) else None
        if not isinstance(section, dict):
            raise InvalidInput(
                f"--set {setting!r}: {'.'.join(sections)} has no keys of its own. Write KEY=VALUE, such as input_level=0.0005."
            )
        section[last] = _parsed(text, setting)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part != A_KEY)
        raise InvalidInput(
            f"policy {kind.name}: {where}: {fault_in_words(first, allowed=kind.model_fields)} Correct --set."
        ) from error


def _parsed(text: str, setting: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InvalidInput(
            f"--set {setting!r} has a value that is not valid YAML: {what}. Write KEY=VALUE, such as input_level=0.0005."
        ) from error


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 0; got {text!r}")
    return int(text)


def _print(told: Mapping[str, Any], *, is_changed: bool, seconds: float) -> None:
    from windage.cli.views.screen import Screen, table
    from windage.reports.formats import plural

    rows = table("", *HEADS, right=HEADS)
    for what, key in (("windows with alerts", "alerting"), ("critical windows", "critical")):
        rows.add_row(what, *(str(len(told[side][key])) for side in SIDES))
    rows.add_row("most critical in 91 days", *(str(told[side]["most_critical_in_a_quarter"]) for side in SIDES))
    rows.add_row("unknown windows", *(str(told[side]["unknown"]) for side in SIDES))
    for trigger in sorted({*told["present"]["triggers"], *told["changed"]["triggers"]}):
        rows.add_row(f"  {trigger}", *(str(told[side]["triggers"].get(trigger, 0)) for side in SIDES))
    screen = Screen()
    screen.say(f"{told['monitor']}: {told['windows']} windows judged under both policies in {seconds:.1f} s")
    screen.print(rows)
    for key in DIFFERENCES:
        if told[key]:
            more = f" and {len(told[key]) - MOST_LISTED} more" if len(told[key]) > MOST_LISTED else ""
            screen.say(f"{key.replace('_', ' ')}: {', '.join(told[key][:MOST_LISTED])}{more}")
    if told["broken"]:
        screen.say(
            f"left out because their files are broken: {listed(told['broken'])}. Rewrite them, or exclude them for good with "
            "windage baseline exclude."
        )
    if not is_changed and "critical_scale" not in told:
        screen.say("Both policies are the present one. Give --set or --policy to change it.")
    elif is_changed and not any(told[key] for key in DIFFERENCES):
        screen.say("Both policies agree on every window.")
    if "critical_scale" in told:
        scale, budget = told["critical_scale"], told["max_critical_per_quarter"]
        screen.say(
            f"at most {plural(budget, 'critical window')} in any quarter: "
            + (
                f"critical_scale: {scale:g} is the smallest that achieves this"
                if scale
                else "no critical_scale up to 4 achieves this"
            )
        )
