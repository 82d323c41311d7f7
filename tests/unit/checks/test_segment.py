"""Single users whose feature changed."""

from datetime import timedelta

import numpy as np
import pytest

from daily import FOUR_WEEKS, MONDAY, judge, outcomes, told, window
from windage.checks.segment import Segment
from windage.reports.sentences.alert import alert_sentence
from windage.reports.sentences.facts import evidence
from windage.verdict.onset import with_onsets

USERS = np.repeat([f"user {k:02d}" for k in range(25)], 40)
OWN = np.random.default_rng(9).normal(0, 0.4, 25)


def lived(*, at=(), users=1, by=0.0):
    """Users who differ; from the days ``at`` on, some of them by more."""

    def make(rng, day):
        x, y = rng.normal(np.repeat(OWN, 40), 1), rng.normal(size=USERS.size)
        if day in at:
            x[: 40 * users] += by
        return {"numeric": {"x": x, "y": y}, "users": USERS}

    return make


def judged(**changed):
    return judge(window(FOUR_WEEKS, lived()), window([28], lived(at=[28], **changed)), only="segment")


def test_one_user_is_found_and_named():
    report = judged(by=3.0)
    assert told(report) == [("segment", "warning", ("x",))]
    assert report.alerts[0].affected_user_ids == ["user 00"]


@pytest.mark.parametrize(("by", "direction"), [(3.0, "up"), (-3.0, "down")])
def test_a_mean_rank_is_no_share(by, direction):
    """A rank lies in (−½, ½): told as a share, 0.3 of it would be 30 points."""
    (alert,) = judged(by=by).alerts
    assert f"moved {direction} for" in str(alert_sentence(alert))
    assert abs(alert.details["rank_change"]) == alert.details["rank_move"]
    assert not [written for _, written in evidence(alert) if "points" in written]


@pytest.mark.parametrize(("days", "since"), [*((28, since) for since in range(3)), *((8, since) for since in range(3))])
def test_a_user_who_stays_broken_is_told_for_three_days(days, since):
    """Its first days are part of the reference, and must not explain it."""
    make, today = lived(at=range(28, 40), by=2.0), 28 + since
    report = judge(window(range(today - days, today), make), window([today], make), only="segment")
    assert told(report) == [("segment", "warning", ("x",))]
    assert report.alerts[0].affected_user_ids == ["user 00"]


@pytest.mark.parametrize("today", [28, 29, 30])
def test_a_user_who_broke_was_repaired_and_breaks_again_is_told_again(today):
    make = lived(at=[*range(20, 24), *range(28, 31)], by=2.0)
    report = judge(window(range(today - 28, today), make), window([today], make), only="segment")
    assert told(report) == [("segment", "warning", ("x",))]
    assert report.alerts[0].affected_user_ids == ["user 00"]


def test_a_user_who_is_often_like_that_is_no_news():
    make = lived(at=range(0, 29, 4), by=2.0)
    assert judge(window(FOUR_WEEKS, make), window([28], make), only="segment").alerts == []


def test_a_change_of_all_is_no_matter_of_single_users():
    assert judged(users=25, by=3.0).alerts == []
    assert judged(users=12, by=3.0).alerts == []


def test_a_small_change_is_none():
    assert judged(by=0.2).alerts == []


@pytest.mark.parametrize("days", [0, 3])
def test_without_days_it_is_unknown(days):
    reference = window(range(28 - max(days, 1), 28), lived())
    report = judge(reference, window([28], lived(at=[28], by=3.0)), only="segment")
    assert outcomes(report) == {"segment": "unknown"}


def test_users_alike_are_named_with_the_one_who_is_sure():
    report = judged(users=5, by=1.3)
    assert told(report) == [("segment", "warning", ("x",))]
    assert sorted(report.alerts[0].affected_user_ids) == [f"user {k:02d}" for k in range(5)]


def apart(*, at=(), by=3.0):
    """Two of the users move apart on the days ``at``, the second one less far."""

    def make(rng, day):
        columns = lived()(rng, day)
        if day in at:
            columns["numeric"]["x"][:40] += by
            columns["numeric"]["x"][40:80] -= 0.8 * by
        return columns

    return make


@pytest.mark.parametrize(("by", "ways"), [(3.0, ("up", "down")), (-3.0, ("down", "up"))])
def test_users_who_moved_apart_are_not_said_to_have_gone_the_same_way(by, ways):
    report = judge(window(FOUR_WEEKS, apart()), window([28], apart(at=[28], by=by)), only="segment")
    (alert,) = report.alerts
    first, second = f"{ways[0]} for user 00", f"{ways[1]} for user 01"
    said = str(alert_sentence(alert)).partition(", relative to each other, by 0.")[0]
    assert said in {f"`x` moved {first} and {second}", f"`x` moved {second} and {first}"}


def test_users_who_moved_apart_are_dated_by_their_distance():
    """Together they have about the middle rank on every day."""
    make, today = apart(at=[27, 28, 29]), window([29], apart(at=[27, 28, 29]))
    reference = window(range(1, 29), make)
    (alert,) = with_onsets(judge(reference, today, only="segment"), [Segment()], reference, today).alerts
    assert alert.since == MONDAY + timedelta(days=27)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at_end", [-50.0, 50.0])
def test_of_two_users_both_are_named(at_end, seed):
    """Ranks cannot tell whose values changed: the one who went down, or the other who went up."""
    users = np.repeat(["large", "small"], [100, 16])
    is_small = users == "small"

    def make(rng, day):
        x, y = rng.normal(rng.normal(0, 0.3) * is_small, 1, (2, users.size))
        x[is_small & (day == 28)] = at_end
        y[is_small & (day == 28)] += at_end / 20
        return {"numeric": {"x": x, "y": y}, "users": users}

    report = judge(window(FOUR_WEEKS, make, seed=seed), window([28], make, seed=seed), only="segment")
    assert report.alerts
    for alert in report.alerts:
        assert sorted(alert.affected_user_ids) == ["large", "small"]
        assert "relative to each other" in str(alert_sentence(alert))


def test_two_users_who_both_surely_moved_are_not_everybody():
    users = np.repeat(["one", "other"], 100)

    def make(rng, day):
        return {"numeric": {"x": rng.normal(0, 1, users.size) + 2 * (users == "one") * (day == 28)}, "users": users}

    report = judge(window(FOUR_WEEKS, make), window([28], make), only="segment")
    assert [sorted(each.affected_user_ids) for each in report.alerts] == [["one", "other"]]


def of_few_rows(*, often, today):
    """Users with eight rows each; on the first weekdays of each week, ``often`` of them, one user has ten, and ``today`` if
    so."""

    def make(rng, day):
        many = 10 if (today if day == 28 else day % 7 < often) else 8
        users = np.concatenate([np.repeat("often", many), np.repeat([f"user {k:02d}" for k in range(60)], 8)])
        return {"numeric": {"x": rng.normal(size=users.size), "y": rng.normal(size=users.size)}, "users": users}

    return judge(window(FOUR_WEEKS, make), window([28], make), only="segment")


@pytest.mark.parametrize("often", [0, 2])
def test_a_log_whose_users_hardly_ever_have_ten_rows_is_not_asked(often):
    report = of_few_rows(often=often, today=False)
    assert report.not_asked == {"segment": "user with 10 rows on most days like this"}
    assert report.outcomes == {}


@pytest.mark.parametrize("regular", [[], range(0, 28, 7)])
def test_a_log_whose_users_hardly_ever_come_again_is_not_asked(regular):
    """As with one session of many rows for each user, and one user with a session a week; the first days cannot know yet."""

    def make(rng, day):
        names = [f"user {day} {k}" for k in range(9)] + (["regular"] if day in regular else [])
        users = np.repeat(names, 20)
        return {"numeric": {"x": rng.normal(size=users.size)}, "users": users}

    report = judge(window(FOUR_WEEKS, make), window([29], make), only="segment")
    assert report.not_asked == {"segment": "user with 10 rows on most days like this"}
    assert outcomes(judge(window(range(5), make), window([5], make), only="segment")) == {"segment": "unknown"}


@pytest.mark.parametrize(("often", "today", "outcome"), [(3, False, "unknown"), (0, True, "unknown"), (3, True, "ok")])
def test_a_day_with_other_users_than_usual_is_unknown(often, today, outcome):
    report = of_few_rows(often=often, today=today)
    assert (report.not_asked, outcomes(report)) == ({}, {"segment": outcome})


def test_a_feature_of_which_users_hardly_ever_have_ten_values_is_not_asked_about():
    def lived(rng, day):
        rare = np.where(np.arange(USERS.size) % 8 == 0, rng.normal(size=USERS.size), np.nan)
        return {"numeric": {"x": rng.normal(size=USERS.size), "rare": rare}, "users": USERS}

    report = judge(window(FOUR_WEEKS, lived), window([28], lived), only="segment")
    assert (outcomes(report), report.outcomes["segment"].answered) == ({"segment": "ok"}, 1)
    assert report.outcomes["segment"].not_asked == {"rare": "a user with 10 values on most days like this"}


def test_of_one_user_whose_values_are_far_out_of_range_is_told_whose_they_are():
    def another_unit(rng, day):
        columns = lived()(rng, day)
        x = columns["numeric"]["x"] + 30
        x[:40] *= 1000.0 if day == 28 else 1.0
        return {**columns, "numeric": {"x": x}}

    (alert,) = judge(window(FOUR_WEEKS, another_unit), window([28], another_unit)).alerts
    assert (alert.trigger, alert.affected_user_ids) == ("segment", ["user 00"])


def test_a_users_other_features_are_the_same_finding():
    def broken(rng, day):
        columns = lived()(rng, day)
        x, y = columns["numeric"].values()
        if day == 28:
            x[:40] += 4.0
            y[:40] += 0.9
        return {**columns, "numeric": {"x": x, "y": y}}

    report = judge(window(FOUR_WEEKS, broken), window([28], broken), only="segment")
    assert [(each.affected_features, each.affected_user_ids) for each in report.alerts] == [
        (["x"], ["user 00"]),
        (["y"], ["user 00"]),
    ]


def test_of_many_users_none_is_named_for_another_feature_by_chance():
    """Any of thirty users may by chance stand out in one of forty features, as one does here."""
    users = np.repeat([f"user {k:03d}" for k in range(120)], 12)

    def lived(rng, day):
        values = {f"x{k:02d}": rng.normal(size=users.size) for k in range(40)}
        values["x00"][: 30 * 12] += 3 * (day == 28)
        return {"numeric": values, "users": users}

    found = Segment().measure(window(FOUR_WEEKS, lived), window([28], lived, seed=35))
    assert [each.subject for each in found if each.users] == ["x00"]


def without_values(*, at=(), users=1, share=0.0):
    """Of the first users, ``x`` is missing on the days ``at``; of everybody in ``share`` of the rows."""

    def make(rng, day):
        columns = lived()(rng, day)
        x = columns["numeric"]["x"]
        x[rng.random(x.size) < share] = np.nan
        if day in at:
            x[: 40 * users] = np.nan
        return columns

    return make


@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("users", [1, 5])
def test_users_who_lost_all_values_are_named(share, users):
    reference, today = (
        window(FOUR_WEEKS, without_values(share=share)),
        window([28], without_values(at=[28], users=users, share=share)),
    )
    (alert,) = judge(reference, today, only="segment").alerts
    assert (alert.trigger, alert.severity, alert.affected_features) == ("missingness", "warning", ["x"])
    assert alert.affected_user_ids == [f"user {k:02d}" for k in range(users)]
    said = str(alert_sentence(alert))
    assert said.startswith("`x` is missing in all rows of ")
    assert ("user 00, who had values before." in said) == (users == 1)


def test_one_user_in_many_who_lost_all_values_is_one_alert():
    report = judge(window(FOUR_WEEKS, without_values()), window([28], without_values(at=[28])))
    assert told(report) == [("missingness", "warning", ("x",))]


@pytest.mark.parametrize("since", range(3))
def test_users_without_values_are_told_for_three_days(since):
    make, today = without_values(at=range(28, 40)), 28 + since
    report = judge(window(range(today - 28, today), make), window([today], make), only="segment")
    assert told(report) == [("missingness", "warning", ("x",))]


def test_where_users_now_and_then_have_no_values_one_more_is_no_news():
    days = [3, 11, 12, 20]
    assert (
        judge(window(FOUR_WEEKS, without_values(at=days)), window([28], without_values(at=[28])), only="segment").alerts
        == []
    )


def test_a_user_of_many_rows_who_lost_all_values_is_one_alert():
    report = judge(window(FOUR_WEEKS, without_values()), window([28], without_values(at=[28], users=2)))
    assert [alert.check for alert in report.alerts] == ["missingness"]


def test_what_everybody_lost_is_no_matter_of_single_users():
    report = judge(window(FOUR_WEEKS, without_values()), window([28], without_values(at=[28], users=12)))
    assert [alert.check for alert in report.alerts if alert.trigger == "missingness"] == ["missingness"]
