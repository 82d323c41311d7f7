"""Which incident people were told of, where late windows changed what incidents there are."""

from histories import window
from verdicts import seen, verdict
from windage.incidents.from_verdicts import incidents_of
from windage.incidents.model import Told
from windage.incidents.threads import about_each, threads_of


def told(day, kind, key):
    return Told(monitor="m", subjects=("feature x",), window=window(day), kind=kind, severity="critical", incident=key)


def test_what_was_told_under_one_key_is_about_the_incident_of_its_latest_news():
    """The days between were judged late, and had nothing: what people took for one incident is two."""
    found = {0, 1, 8, 9}
    incidents = incidents_of([verdict(day, *[seen("x", severity="critical")] * (day in found)) for day in range(10)])
    assert [each.first for each in incidents] == [window(0), window(8)]
    (thread,) = threads_of([told(9, "worsened", "one"), told(0, "opened", "one")])
    assert [each.kind for each in thread.told] == ["opened", "worsened"]
    assert about_each(incidents, [thread]) == [[], [thread]]
