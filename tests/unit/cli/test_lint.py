import pytest

CHECKS = "class_shift, correlation, duplicate_partition, missingness, numeric_feature, reject_rate, row_volume, schema, value_range"
GOOD = """\
monitor: {name}
start: 2013-01-01
log:
  location: logs/date={{start:%Y-%m-%d}}
  numeric: [speed]
  label: predicted_label
reference:
  trailing: 28d
"""


@pytest.fixture
def monitors(tmp_path):
    folder = tmp_path / "monitors"
    folder.mkdir()
    (folder / "a.yaml").write_text(GOOD.format(name="flights"))
    return folder


def test_a_good_file_is_told_with_its_checks_and_windows(windage, monitors):
    code, out, err = windage("lint", monitors)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"OK  {monitors}/a.yaml  flights: policy calibrated; {CHECKS}; each interval of '0 0 * * *' compared with the 28 days before",
        "1 file valid, 0 errors",
    ]


def test_the_policy_is_told_with_the_checks_that_it_asks(windage, monitors):
    (monitors / "a.yaml").write_text(GOOD.format(name="flights") + "policy: reference\n")
    _, out, _ = windage("lint", monitors)
    assert "flights: policy reference; class_shift, numeric_feature, reject_rate; each" in out


def test_a_reference_too_short_to_calibrate_is_told(windage, monitors):
    good = GOOD.format(name="flights")
    told = "the {} before. That is too little to know how ordinary days vary: give reference.trailing at least 4 days"
    for days, is_short in ((3, True), (4, False)):
        (monitors / "a.yaml").write_text(good.replace("28d", f"{days}d"))
        code, out, _ = windage("lint", monitors)
        assert (code, told.format(f"{days} days") in out) == (0, is_short)
    (monitors / "a.yaml").write_text(good.replace("28d", "3d") + "policy: reference\n")
    assert "That is too little" not in windage("lint", monitors)[1]


def test_checks_that_the_policy_has_no_limits_for_are_told(windage, monitors):
    (monitors / "a.yaml").write_text(
        GOOD.format(name="flights") + "policy: reference\nchecks: {defaults: , schema: }\n"
    )
    assert "The policy reference has no limits for schema, which will never alert" in windage("lint", monitors)[1]
    (monitors / "a.yaml").write_text(GOOD.format(name="flights") + "checks: {defaults: , schema: }\n")
    assert "has no limits" not in windage("lint", monitors)[1]


def test_windows_within_a_fixed_reference_are_told(windage, monitors):
    good = GOOD.format(name="flights")
    told = "Windows that begin before 2013-02-01 are part of what they are compared with"
    for start, is_within in (("2013-01-01", True), ("2013-02-01", False)):
        fixed = "start: 2013-01-01\n  end: 2013-02-01"
        text = good.replace("start: 2013-01-01", f"start: {start}").replace("trailing: 28d", fixed)
        (monitors / "a.yaml").write_text(text)
        code, out, _ = windage("lint", monitors)
        assert (code, told in out) == (0, is_within)


def test_every_fault_of_every_file_is_located(windage, monitors):
    (monitors / "b.yaml").write_text(GOOD.format(name="b").replace("28d", "28x").replace("label:", "lable:"))
    (monitors / "c.yml").write_text("monitor: [")
    code, out, _ = windage("lint", "monitors", "missing.yaml")
    lines = out.splitlines()
    assert code == 2
    assert lines[0].startswith("OK  monitors/a.yaml")
    assert "monitors/b.yaml:6 log.lable: unknown key. Did you mean 'label'? Remove or rename it." in lines
    assert any(
        line.startswith("monitors/b.yaml:8 reference.trailing: must be a whole number and a unit") for line in lines
    )
    assert any(line.startswith("monitors/c.yml:") for line in lines)
    assert "missing.yaml cannot be read: No such file or directory. Give the YAML file of a monitor." in lines
    assert lines[-1] == "1 file valid, 4 errors"


def test_two_files_cannot_be_the_same_monitor(windage, monitors):
    (monitors / "b.yaml").write_text(GOOD.format(name="flights"))
    code, out, _ = windage("lint", "monitors")
    assert code == 2
    assert "monitors/b.yaml monitor: 'flights' is already defined in monitors/a.yaml. Rename one." in out


def test_one_file_given_twice_is_one_monitor(windage, monitors):
    assert windage("lint", "monitors", monitors / "a.yaml")[0] == 0


def test_a_folder_without_monitors_is_not_right(windage, tmp_path):
    code, out, _ = windage("lint", tmp_path)
    assert code == 2
    assert "has no .yaml or .yml files" in out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "monitor: a\0b\n",
        "? [a, b]\n: c\n",
        "monitor: &a [*a]\n",
        "monitor: !!python/object:os.system x\n",
        "monitor: x\nstart: 2013-02-30\n",
        "a: 1\n---\nb: 2\n",
    ],
)
def test_what_is_no_yaml_or_no_mapping_is_a_located_fault(windage, tmp_path, text):
    (tmp_path / "odd.yaml").write_text(text)
    code, out, err = windage("lint", "odd.yaml")
    assert (code, err) == (2, "")
    assert out.startswith("odd.yaml:")


def test_bytes_that_are_no_text_are_a_fault(windage, tmp_path):
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\x00")
    assert windage("lint", "odd.yaml")[1].startswith("odd.yaml cannot be read: not UTF-8.")


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (
            r'{kind: email, to: [a@b.org, "a@b.org\nBcc: c@d.org"]}',
            r"12 on_call.0.to.1: must be a mail address on one line, such as team@example.org; got 'a@b.org\nBcc: c@d.org'.",
        ),
        (
            "{kind: email, to: ['']}",
            "12 on_call.0.to.0: must be a mail address on one line, such as team@example.org; got ''.",
        ),
        (
            "{kind: email, to: [ml]}",
            "12 on_call.0.to.0: must be a mail address on one line, such as team@example.org; got 'ml'.",
        ),
        (
            r'{kind: email, to: [a@b.org], sender: "ml@b.org\r\nX: y"}',
            r"12 on_call.0.sender: must be a mail address on one line, such as team@example.org; got 'ml@b.org\r\nX: y'.",
        ),
        (
            r'{kind: webhook, connection: c, headers: {"X-Team": "a\nb"}}',
            "12 on_call.0.headers: header 'X-Team' cannot be sent. A name is letters, digits and hyphens, a value is printable ASCII on one line, and the length is set by HTTP itself.",
        ),
    ],
)
def test_what_would_break_out_of_its_header_is_refused_when_the_file_is_read(windage, monitors, channel, said):
    file = monitors / "a.yaml"
    file.write_text(f"{GOOD.format(name='flights')}on_call:\n  # whom to tell\n\n  - {channel}\n")
    code, out, _ = windage("lint", "monitors/a.yaml")
    assert code == 2
    assert out.splitlines()[0] == f"monitors/a.yaml:{said}"


@pytest.mark.parametrize(
    "address", ["ML team <ml@b.org>", "ml@localhost", "a@b.org, c@d.org", "ä@b.org", '"a b"@c.org']
)
def test_whatever_mail_goes_to_is_an_address(windage, monitors, address):
    (monitors / "a.yaml").write_text(f"{GOOD.format(name='flights')}on_call:\n  - {{kind: email, to: ['{address}']}}\n")
    assert windage("lint", monitors)[0] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1: x", "10 1: must be text to be a key. Put it in quotes, or remove it."),
        ("on: x", "10 on: must be text to be a key. Put it in quotes, or remove it."),
        (r'tags: [a, "b\0c"]', "10 holds a NUL character, which no database keeps. Remove it."),
    ],
)
def test_what_yaml_allows_and_no_monitor_can_be_kept_with_is_located(windage, monitors, line, said):
    (monitors / "a.yaml").write_text(f"{GOOD.format(name='flights')}\n{line}\n")
    code, out, _ = windage("lint", "monitors/a.yaml")
    assert (code, out.splitlines()[0]) == (2, f"monitors/a.yaml:{said}")
