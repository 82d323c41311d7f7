import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest


@pytest.fixture
def mixed(write) -> str:
    return write(
        "mixed.parquet",
        size=[1, 2, 3, 4, None],
        ratio=[0.5, float("nan"), float("inf"), -0.5, 0.0],
        kind=["a", "a", "a", "b", None],
        known=[True, False, True, True, True],
        at=pa.array([datetime(2013, 3, day, tzinfo=UTC) for day in (8, 9, 10, 11, 12)], pa.timestamp("ns", "UTC")),
        tags=[["x"]] * 5,
        nothing=pa.nulls(5),
    )


def columns_of(out: str) -> dict:
    return {each["name"]: each for each in json.loads(out)["columns"]}


def test_every_kind_of_column_is_summarised(windage, mixed):
    code, out, err = windage("profile", mixed, "--json", "--resolution", "exact")
    found = columns_of(out)
    assert (code, err) == (0, "")
    size = found["size"]
    assert [size[key] for key in ("rows", "missing", "distinct", "minimum", "maximum", "mean")] == [5, 1, 4, 1, 4, 2.5]
    assert size["quantiles"]["0.5"] == 2.5
    assert [found["ratio"][key] for key in ("missing", "infinite", "distinct", "mean")] == [1, 1, 3, 0.0]
    assert found["kind"]["values"] == [["a", 3], ["b", 1]]
    assert found["known"]["values"] == [["True", 4], ["False", 1]]
    assert found["at"]["minimum"] == "2013-03-08T00:00:00+00:00"
    assert (found["tags"]["kind"], found["tags"]["type"]) == ("other", "list<element: string>")
    assert (found["nothing"]["missing"], found["nothing"]["mean"]) == (5, None)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_texts_are_categories_however_they_are_kept(windage, write, kind):
    _, out, _ = windage("profile", write("texts.parquet", c=pa.array(["a", "a", None], kind)), "--json")
    assert columns_of(out)["c"]["values"] == [["a", 2]]


def test_times_are_of_utc_whatever_zone_the_column_has(windage, write):
    noon = pa.array([datetime(2013, 3, 8, 12, tzinfo=UTC)], pa.timestamp("us", "America/New_York"))
    _, out, _ = windage("profile", write("zoned.parquet", at=noon), "--json")
    assert columns_of(out)["at"]["minimum"] == "2013-03-08T12:00:00+00:00"
    assert "2013-03-08 12:00" in windage("profile", "zoned.parquet")[1]


@pytest.mark.parametrize("width", ["64", "80", "120"])
def test_tables_fit(windage, mixed, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    code, out, _ = windage("profile", mixed)
    assert code == 0
    assert max(map(len, out.splitlines())) <= int(width)
    for said in ("mixed.parquet  5 rows, 7 columns", "Number", "Category", "Time", "Other", "4.0 days"):
        assert said in out.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "ratio: 20.0 % infinite" in out.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert ("Distinct" in out.split("Category")[0]) == (width == "120")


def test_what_was_not_kept_is_certified(windage, write):
    values = np.random.default_rng(1).normal(size=10_000)
    _, out, _ = windage("profile", write("big.parquet", x=values), "--resolution", "100", "--json")
    found = columns_of(out)["x"]
    assert 0 < found["rank_error"] <= 0.005
    assert not found["distinct_is_exact"]
    for probability, value in found["quantiles"].items():
        assert abs(np.mean(values <= value) - float(probability)) <= 2 * found["rank_error"] + 1e-4
    assert "ranks accurate to ±" in windage("profile", "big.parquet", "--resolution", "100")[1]
    assert "every number is exact" in windage("profile", "big.parquet", "--resolution", "exact")[1]


def test_several_files_are_one_table(windage, write):
    for day in (1, 2):
        write(f"days/{day}.parquet", x=[float(day)] * 3)
    _, out, _ = windage("profile", "days", "--json")
    document = json.loads(out)
    assert document["files"] == ["days/1.parquet", "days/2.parquet"]
    assert (document["rows"], columns_of(out)["x"]["distinct"]) == (6, 2)


def test_a_table_without_rows_has_no_numbers(windage, write):
    place = write("empty.parquet", x=pa.array([], pa.float64()), kind=pa.array([], pa.string()))
    code, out, _ = windage("profile", place, "--json")
    assert code == 0
    assert columns_of(out)["x"]["mean"] is None
    assert windage("profile", place)[0] == 0
