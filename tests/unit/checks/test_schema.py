"""Columns that are gone or of another kind."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from daily import FOUR_WEEKS, judge, outcomes, told, window
from windage.checks.schema import kind_of

USUAL = {"x": "double", "y": "int64", "city": "string"}


def lived(**schema):
    def make(rng, day):
        return {"numeric": {"x": rng.normal(size=200)}, "schema": schema or USUAL}

    return make


def judged(*, before=None, days=FOUR_WEEKS, **schema):
    return judge(window(days, before or lived()), window([28], lived(**schema)), only="schema")


def test_the_same_columns_are_ok():
    assert outcomes(judged()) == {"schema": "ok"}


def test_a_column_that_is_gone_pages():
    assert told(judged(x="double", city="string")) == [("schema_change", "critical", ("y",))]


def test_a_column_of_another_kind_pages():
    assert told(judged(**{**USUAL, "y": "string"})) == [("schema_change", "critical", ("y",))]


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.list_(pa.int64(), 2), pa.struct({"a": pa.int64()})], ids=str)
@pytest.mark.parametrize("column", ["y", "city"])
def test_a_column_of_lists_or_records_pages(column, kind):
    assert told(judged(**{**USUAL, column: str(kind)})) == [("schema_change", "critical", (column,))]


def test_lists_that_were_lists_are_ok():
    always = {**USUAL, "p": "list<item: double>"}
    assert outcomes(judged(before=lived(**always), **{**always, "p": "large_list<item: double>"})) == {"schema": "ok"}


@pytest.mark.parametrize("kind", ["float", "int32", "uint8", "null"])
def test_another_width_of_numbers_and_a_column_of_nulls_are_the_same_kind(kind):
    assert told(judged(**{**USUAL, "y": kind})) == []


def test_a_new_column_is_no_alarm():
    assert told(judged(**USUAL, new="double")) == []


def test_a_column_that_comes_and_goes_is_not_missed():
    def seldom(rng, day):
        return lived(**(USUAL if day % 3 else {"x": "double", "city": "string"}))(rng, day)

    def rare(rng, day):
        return lived(**(USUAL if day % 3 == 0 else {"x": "double", "city": "string"}))(rng, day)

    assert told(judged(before=rare, x="double", city="string")) == []
    assert told(judged(before=seldom, x="double", city="string")) == [("schema_change", "critical", ("y",))]


@pytest.mark.parametrize("now", [{"x": "double", "city": "string"}, {**USUAL, "y": "string"}], ids=["gone", "text"])
def test_a_column_that_the_monitors_file_does_not_name_warns_on_the_first_day_only(now):
    def make(rng, day):
        return lived(**(USUAL if day < 28 else now))(rng, day)

    def told_of(day, *names):
        current = replace(window([day], make), named=frozenset(names))
        return told(judge(window(range(day), make), current, only="schema"))

    assert told_of(28, "x") == [("schema_change", "warning", ("y",))]
    assert told_of(29, "x") == []
    assert told_of(29, "x", "y") == [("schema_change", "critical", ("y",))]


def test_a_gone_column_is_told_once():
    def make(rng, day):
        both = {"x": rng.normal(size=200), "y": rng.normal(size=200)}
        return {"numeric": both if day < 28 else {"x": both["x"]}}

    report = judge(window(FOUR_WEEKS, make), window([28], make))
    assert told(report) == [("schema_change", "critical", ("y",))]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("double", "number"), ("decimal128(8, 2)", "number"), ("bool", "flag"), ("timestamp[us, tz=UTC]", "time"),
     ("dictionary<values=string, indices=int32, ordered=0>", "text"), ("null", ""), ("list<item: double>", "list"),
     ("map<string, int64>", "record"), ("extension<x>", "")],
)  # fmt: skip
def test_kinds_of_arrows_types(name, kind):
    assert kind_of(name) == kind


def test_without_rows_it_is_unknown():
    empty = window([28], lambda rng, day: {"numeric": {"x": np.empty(0)}, "schema": USUAL, "rows": 0})
    assert outcomes(judge(window(FOUR_WEEKS, lived()), empty, only="schema")) == {"schema": "unknown"}
