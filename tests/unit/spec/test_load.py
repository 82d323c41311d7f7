"""A monitor's file: what is wrong is said with file, line, key and remedy, and never with another exception."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_text import GOOD, parsed, refused, with_line
from windage.errors import SpecError
from windage.policy import CalibratedPolicy
from windage.spec.load import load_monitor


def is_monitor_or_refused(text):
    """Any other exception is the test's failure."""
    try:
        parsed(text)
    except SpecError:
        refused(text)


@pytest.mark.parametrize(
    ("every", "template", "is_accepted"),
    [
        ("1h", "{start:%H}", False),
        ("1h", "{start:%Y-%m-%d-%I}", False),
        ("1h", "{start:%Y-%d-%H}", False),
        ("1h", "{start:%Y-%m-%d}/{start:%H}", True),
        ("1m", "{start:%H%M}", False),
        ("1m", "{start:%Y%m%d%H%M}", True),
        ("90m", "{start:%Y-%m-%dT%H}", True),
        ("1d", "{start:%m-%d}", False),
        ("1d", "{start:%j}", False),
        ("1d", "{start:%Y-%m-%a}", False),
        ("1d", "{start:%Y-%V-%u}", False),
        ("1d", "{start:%G-%V-%u}", True),
        ("1d", "{start:%y%j}", True),
        ("7d", "{start:%m-%d}", False),
        ("7d", "{start:%Y-%V}", False),
        ("7d", "{start:%G-W%V}", True),
        ("30d", "{start:%Y-%m-%d}", True),
        ("36525d", "{start:%Y}", True),
    ],
)
def test_no_two_partitions_share_a_location(every, template, is_accepted):
    text = with_line(f"  every: {every}", after="log:").replace("{start:%Y-%m-%d}", template)
    if is_accepted:
        parsed(text.replace("28d", "36525d"))
    else:
        assert any("the same location, log/date=" in line for line in refused(text))


def test_a_small_monitor_and_its_defaults():
    spec = parsed(GOOD)
    assert spec.monitor == "flights"
    assert spec.start == datetime(2026, 3, 1, tzinfo=UTC)
    assert spec.log.every == timedelta(days=1)
    assert spec.reference.trailing == timedelta(days=28)
    assert spec.resolution == 4096
    assert spec.policy == CalibratedPolicy()
    assert [check.name for check in spec.checks_to_run()] == [
        "class_shift", "correlation", "duplicate_partition", "missingness", "numeric_feature", "reject_rate", "row_volume", "schema", "value_range",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            with_line("policy: {preset: reference, psi_threshold: -1}"),
            "9 policy.psi_threshold: must be greater than 0; got -1.",
        ),
        (
            with_line("schedule: '0 0 31 2 *'"),
            "9 schedule: never comes due; got '0 0 31 2 *'. Write a cron expression such as '0 6 * * *'.",
        ),
        (with_line("labeling: {queue: 'postgre://h/x'}"), "9 labeling.queue: is not a valid place: the queue cannot be kept at postgre"),
        (with_line("engine: {settings: {workes: 4}}"), "9 engine: has unknown setting 'workes': local takes only workers, the number of threads. Correct it."),
        (
            with_line("on_call: [{kind: email, to: [a@b.c], hours: {start: 8}}]"),
            "9 on_call.0.hours.start: must be a time such as 08:00; got 8.",
        ),
        (
            with_line("on_call: [{kind: email, to: [a@b.c], digest: '08:00+05:00'}]"),
            "9 on_call.0.digest: must be a time without an offset; got '08:00+05:00'. Set the channel's timezone instead.",
        ),
        (with_line("policy: {psi_threshold: 0.3}"), "9 policy: psi_threshold belongs to the reference policy. Add preset: reference."),
        (
            with_line("policy:\n  limits:\n    feature_ks: {warning: .nan}"),
            "11 policy.limits.feature_ks.warning: must be a finite number; got nan.",
        ),
        (
            with_line("policy:\n  limits:\n    feature_ks: {critical: .inf}"),
            "11 policy.limits.feature_ks.critical: must be a finite number; got inf.",
        ),
        (
            with_line("policy: {limits: {feature_ks: {warning: -3}}}"),
            "9 policy.limits.feature_ks.warning: must be at least 0; got -3.",
        ),
        (
            with_line("policy: {limits: {feature_ks: {warning: 0.5, critical: 0.1}}}"),
            "9 policy.limits: puts feature_ks.critical (0.1) below feature_ks.warning (0.5). Set critical to at least warning.",
        ),
        (
            with_line("policy: {limits: {feature_ks: {critical: 0.01}}}"),
            "9 policy.limits: puts feature_ks.critical (0.01) below feature_ks.warning (0.06). Set critical to at least warning.",
        ),
        (
            with_line("policy: {limits: {feature_ks: {warning: 0.5}}}"),
            "9 policy.limits: puts feature_ks.critical (0.3) below feature_ks.warning (0.5). Set critical to at least warning.",
        ),
        (with_line("policy: {critical_scale: .inf}"), "9 policy.critical_scale: must be a finite number; got inf."),
        (
            with_line("policy: {preset: reference, psi_threshold: .inf}"),
            "9 policy.psi_threshold: must be a finite number; got inf.",
        ),
        (with_line("policy: {input_level: 2}"), "9 policy.input_level: must be less than 1; got 2."),
        (with_line("resolution: 1"), "9 resolution: must be at least 16; got 1."),
        (with_line("labeling:\n  limit: -1"), "10 labeling.limit: must be at least 0; got -1."),
        (with_line("  lable: x", after="log:"), "4 log.lable: unknown key. Did you mean 'label'? Remove or rename it."),
        (with_line("chekcs: {}"), "9 chekcs: unknown key. Did you mean 'checks'? Remove or rename it."),
        (
            with_line("checks:\n  numeric_feature:\n    bins: 1"),
            "11 checks.numeric_feature.bins: must be at least 2; got 1. Remove the key to use 10.",
        ),
        (
            with_line("checks:\n  numeric_feature: {bin: 5}"),
            "10 checks.numeric_feature.bin: unknown key. Did you mean 'bins'? Remove or rename it.",
        ),
        (with_line("checks: {entropi: {}}"), "9 checks.entropi: unknown check 'entropi'. Did you mean 'entropy'?"),
        (with_line("checks: {entropy: }"), "9 checks: check entropy needs log.probabilities. Add it, or remove the check."),
        (
            with_line("checks: {}"),
            "9 checks: lists no checks. List at least one, or remove the key to run all.",
        ),
        (
            with_line("checks: {class_shift: true}"),
            "9 checks.class_shift: must be a mapping of keys to values; got True.",
        ),
        (with_line("checks: [class_shift]"), "9 checks: must be a mapping of keys to values."),
        (GOOD.replace("monitor: flights", "monitor: ../x"), "1 monitor: must begin with a letter or digit and have at most 100"),
        (
            GOOD.replace("monitor: flights", "monitor: windage_late_flights"),
            "1 monitor: must not begin with windage_, which is reserved for Windage's own DAGs; got 'windage_late_flights'.",
        ),
        (GOOD.replace("start: 2026-03-01", "start: yesterday"), "2 start: must be a date or time, such as 2024-01-31 or 2024-01-31T06:00; got 'yesterday'."),
        (GOOD.replace("start: 2026-03-01\n", ""), "1 start: missing. Add it."),
        (GOOD.replace("numeric: [dep_delay]", "numeric: [a, b, a]"), "5 log.numeric: lists 'a' twice. List each column once."),
        (GOOD.replace("numeric: [dep_delay]", "numeric: dep_delay"), "5 log.numeric: must be a list such as [a, b]; got 'dep_delay'."),
        (with_line("  categorical: [dep_delay]", after="  label: predicted_label"), "7 log.categorical: names 'dep_delay', already listed as a feature. Name each column once."),
        (GOOD.replace("label: predicted_label", "label: dep_delay"), "6 log.label: names 'dep_delay', already listed as a feature. Name each column once."),
        (with_line("  units: {dep_dealy: min}", after="  label: predicted_label"), "7 log.units: names 'dep_dealy', which is not a feature. Did you mean 'dep_delay'?"),
        (with_line("end: 2020-01-01"), "9 end: must be after start, 2026-03-01T00:00:00+00:00; got 2020-01-01T00:00:00+00:00."),
        (GOOD.replace("2026-03-01", "20260301"), "2 start: must be a date or time, such as 2024-01-31"),
        (GOOD.replace("2026-03-01", "'20260301'"), "2 start: must be a date or time, such as 2024-01-31"),
        (with_line('storage: ""'), "9 storage: must have at least 1 character; got ''."),
        (with_line("storage: ~/windage"), "9 storage: must be an absolute path or a URL, not one beginning with ~; got '~/windage'."),
        (GOOD.replace("trailing: 28d", "trailing: 1h"), "7 reference: trailing is 1h, shorter than one partition. Set it to at least 1d."),
        (with_line("storage: s3://AKIA:hunter2@logs"), "9 storage: s3://… holds credentials before the @. Remove them, and set AWS_ACCESS_KEY_ID and"),
        (GOOD.replace("log/date", "s3://AKIA:hunter2@logs/date"), "4 log.location: s3://… holds credentials before the @. Remove them, and set AWS_ACCESS_KEY_ID and"),
        (with_line("policy: {preset: calibrated, inputt_level: 0.1}"), "9 policy.inputt_level: unknown key. Did you mean 'input_level'? Remove or rename it."),
        (with_line("on_call: [{kind: webhook, connection: x, severites: [critical]}]"), "9 on_call.0.severites: unknown key. Did you mean 'severities'? Remove or rename it."),
        (with_line("policy: calibratd"), "9 policy: unknown preset 'calibratd'. Did you mean 'calibrated'? Use one of reference, calibrated."),
        (with_line("on_call: [{channel: x}]"), "9 on_call.0: has no kind. Add one."),
        (GOOD.replace("{start:%Y-%m-%d}", "{day:%Y}"), "4 log.location: is not a valid template: "),
        (GOOD.replace("{start:%Y-%m-%d}", "{strat:%Y}"), "4 log.location: is not a valid template: {strat} is unknown; got"),
        (GOOD.replace("{start:%Y-%m-%d}", "{start.year.x}"), "4 log.location: is not a valid template: "),
        (GOOD.replace("{start:%Y-%m-%d}", "{start[0]}"), "4 log.location: is not a valid template: "),
        (GOOD.replace("{start:%Y-%m-%d}", "{start"), "4 log.location: is not a valid template: "),
        (GOOD.replace("{start:%Y-%m-%d}", "all"), "3 log: gives consecutive partitions the same location, log/date=all. Add {start:…} in a format as fine as log.every."),
        (GOOD.replace("%Y-%m-%d", "%Y-%m"), "3 log: gives consecutive partitions the same location, log/date=2000-01. Add {start:…} in a format as fine as log.every."),
        (GOOD.replace("%Y-%m-%d", "%d"), "3 log: gives the partitions of 2000-01-01 and 2000-02-01 the same location, log/date=01. Name year, month, day and time in {start:…}, down to log.every."),
        (GOOD.replace("trailing: 28d", "trailing: 4 weeks"), "8 reference.trailing: must be a whole number and a unit"),
        (GOOD.replace("trailing: 28d", "trailing: 0d"), "8 reference.trailing: must be longer than 0; got '0d'."),
        (GOOD.replace("trailing: 28d", "trailing: 28"), "8 reference.trailing: must be a whole number and a unit"),
        (
            GOOD.replace("trailing: 28d", "trailing: 99999999d"),
            "8 reference.trailing: must be at most 36525d (100 years); got '99999999d'.",
        ),
        (with_line(f"resolution: {10**26}"), "9 resolution: must be at most 16777216; got 1"),
        (with_line(f"rows_at_once: {10**26}"), "9 rows_at_once: must be at most 4294967296; got 1"),
        (
            GOOD.replace("trailing: 28d", f"trailing: {10**15}d"),
            "8 reference.trailing: must be at most 36525d (100 years); got",
        ),
        (with_line("  every: 0", after="log:"), "4 log.every: must be a whole number and a unit"),
        (with_line("  every: -5", after="log:"), "4 log.every: must be a whole number and a unit"),
        (GOOD.replace("trailing: 28d", "start: 2026-01-01"), "7 reference: needs either trailing, such as 28d, or both"),
        (with_line("  start: 2026-01-01", after="reference:"), "7 reference: needs either trailing"),
        (GOOD.replace("  trailing: 28d", "  {}"), "7 reference: needs either trailing"),
        (
            GOOD.replace("  trailing: 28d", "  start: 2026-02-01\n  end: 2026-01-01"),
            "7 reference: must end after it starts; got 2026-02-01T00:00:00+00:00 to 2026-01-01T00:00:00+00:00.",
        ),
        (
            GOOD.replace("  numeric: [dep_delay]\n  label: predicted_label\n", ""),
            "1 monitor: the log names no columns to check.",
        ),
        (with_line("on_call: [{kind: slack, channel: #drift\n  }]"), "9 on_call.0.channel: must be text; got None. Give one, in quotes if it begins with #."),
        (with_line("owner: no"), "9 owner: must be text; got False. Put it in quotes."),
        (with_line("on_call: [{kind: email, to: [a@b.c], digest: never}]"), "9 on_call.0.digest: must be a time such as 08:00; got 'never'."),
        (with_line("current: 36h"), "9 current: must be a multiple of one partition, 1d; got '36h'."),
        (with_line("paging: {runbook: wiki/flights}"), "9 paging.runbook: must be a URL such as https://"),
        (with_line("policy: {limits: {reject_rate_incrase: {warning: 1}}}"), "9 policy.limits.reject_rate_incrase: must be one of feature_psi, feature_ks, "),
        (with_line("checks: {quantum: }"), "9 checks.quantum: unknown check 'quantum'. Available checks: categorical_feature, "),
        (with_line("on_call: [{kind: webhok, connection: x}]"), "9 on_call.0: unknown channel 'webhok'. Did you mean 'webhook'?"),
        (with_line("on_call:\n  - {kind: webhook, conection: x}"), "10 on_call.0.connection: missing. Add it."),
        (with_line("on_call:\n  - {kind: email, to: []}"), "10 on_call.0.to: must have at least 1 item"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_stands(text, sentence):
    assert refused(text)[0].startswith(sentence)


def test_a_list_of_refused_items_has_no_second_fault():
    told = refused(with_line("on_call: [{kind: slack, channel: x, severities: [info]}]"))
    assert told == ["9 on_call.0.severities.0: must be 'warning' or 'critical'; got 'info'."]


def test_aliases_of_aliases_are_refused_before_they_are_written_out():
    tenfold = "".join(f"{k + 1}: &a{k + 1} [{', '.join([f'*a{k}'] * 10)}]\n" for k in range(9))
    told = refused(f"0: &a0 [x]\n{tenfold}")
    assert told == ["1 expands to more than 100000 keys and values. Use fewer aliases."]


def test_what_follows_from_a_fault_is_no_fault_of_its_own():
    text = GOOD.replace("numeric: [dep_delay]", "numeric: dep_delay\n  units: {dep_delay: min}")
    assert refused(text) == ["5 log.numeric: must be a list such as [a, b]; got 'dep_delay'."]


def test_no_password_of_a_place_is_told():
    (told,) = refused(GOOD + "labeling: {queue: 'mysql://bob:hunter2@db/q'}\n")
    assert "; got 'mysql://bob:***@db/q'." in told
    assert "hunter2" not in told


def test_every_fault_is_told_at_once():
    text = GOOD.replace("monitor: flights", "monitor: .") + "resolution: 1\nchecks: {numeric_feature: {bins: 0}}\n"
    assert [line.split(":")[0] for line in refused(text)] == [
        "1 monitor",
        "9 resolution",
        "10 checks.numeric_feature.bins",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "1 is empty. Start with 'monitor: <name>'."),
        ("# soon\n", "1 is empty. Start with 'monitor: <name>'."),
        ("- a\n", "1 is not a mapping of keys to values"),
        ("hello", "1 is not a mapping of keys to values"),
        ("{}", "1 start: missing"),
        ("null", "1 is not a mapping of keys to values"),
        (GOOD + "\tx: 1", "9 is not valid YAML: found character '\\t' that cannot start any token. Indent with spaces"),
        (
            GOOD + "x: [1",
            "9 is not valid YAML: expected ',' or ']', but got '<stream end>'. Close the bracket or quote",
        ),
        (GOOD + 'x: "1', "9 is not valid YAML: found unexpected end of stream"),
        (
            GOOD + "schedule: * * * * *",
            "9 is not valid YAML: expected alphabetic or numeric character, but found ' '. Put a",
        ),
        (
            GOOD + " x: 1",
            "9 is not valid YAML: expected <block end>, but found '<block mapping start>'. Check the indent",
        ),
        (GOOD + "x: *unknown", "9 is not valid YAML: found undefined alias"),
        (GOOD + "? [a]\n: b", "9 is not valid YAML: found unhashable key"),
        (GOOD + "x: !!python/object/apply:os.system [id]", "9 is not valid YAML: could not determine a constructor"),
        (GOOD + 'description: "a\x00b"', "9 is not valid YAML"),
        (
            GOOD.replace("2026-03-01", "2026-02-30"),
            "2 holds a date or number that does not exist: day is out of range for month. Correct it",
        ),
        ("a: &a [*a]", "1 is not valid YAML"),
        ("a: &a {b: *a}", "1 is not valid YAML"),
        ("[" * 100_000, "1 is not valid YAML: maximum recursion depth exceeded"),
        (GOOD + "start: 2027-01-01", "9 start: duplicate key. Remove one."),
        (GOOD.replace("  label:", "  numeric: [x]\n  label:"), "6 numeric: duplicate key. Remove one."),
        (GOOD + "5: x", "9 5: must be text to be a key"),
        (GOOD + "<<: {surprise: 1}", "9 surprise: unknown key"),
        (GOOD + "---\nmonitor: second", "9 is not valid YAML: found another document. Give each monitor a file"),
    ],
)
def test_what_is_no_monitor_at_all(text, sentence):
    lines = refused(text)
    assert any(line.startswith((sentence, sentence.replace("9 surprise", "1 surprise"))) for line in lines), lines


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*GOOD.splitlines(), "  ", "x:", "- a", "? b"]), max_size=14).map("\n".join)
)
def test_any_text_is_a_monitor_or_a_spec_error(text):
    is_monitor_or_refused(text)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(list("{}[]:,-&*!|>'\"%@`#? \n\t0a")))
def test_a_slip_of_the_finger_is_a_monitor_or_a_spec_error(position, character):
    is_monitor_or_refused(GOOD[:position] + character + GOOD[position + 1 :])


def test_files_are_named_in_their_errors(tmp_path):
    with pytest.raises(SpecError, match=r"gone\.yaml cannot be read: No such file"):
        load_monitor(tmp_path / "gone.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match=r"bytes\.yaml cannot be read: not UTF-8"):
        load_monitor(tmp_path / "bytes.yaml")
    (tmp_path / "good.yaml").write_text(GOOD)
    assert load_monitor(tmp_path / "good.yaml") == parsed(GOOD)
