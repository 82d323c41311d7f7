from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from windage.reports.sentences.text import Name, Who, enumerated, say


def test_names_are_listed_as_one_says_them():
    assert str(enumerated([])) == ""
    assert str(enumerated([Name("a")])) == "`a`"
    assert str(enumerated([Name("a"), Name("b")])) == "`a` and `b`"
    assert str(enumerated([Name(each) for each in "abcd"])) == "`a`, `b`, `c` and `d`"
    assert str(enumerated([Name(each) for each in "abcde"])) == "`a`, `b`, `c` and 2 more"
    assert str(enumerated([Who("EV"), Who("MQ")])) == "EV and MQ"


def test_a_sentence_begins_with_a_capital_and_leaves_names_as_they_are():
    assert str(say("the ", [Name("precip"), " moved"], "", ".")) == "The `precip` moved."
    assert str(say(Name("precip"), " moved.")) == "`precip` moved."
    assert str(say(Name(""), " moved.")) == "`(no name)` moved."


@given(st.lists(st.text(max_size=200), max_size=9))
def test_a_sentence_is_one_line_whatever_the_names(names):
    assert len(str(say(enumerated([Name(each) for each in names]), ".")).splitlines()) == 1
