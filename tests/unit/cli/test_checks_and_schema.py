import json

import pytest

from windage.checks import discovered


def test_every_check_is_listed_with_its_question(windage):
    code, out, err = windage("checks")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for name, check in discovered().items():
        assert name in out
        assert check.__doc__.splitlines()[0] in " ".join(out.split())


def test_one_check_is_explained_with_its_settings(windage):
    code, out, _ = windage("checks", "numeric_feature")
    said = " ".join(out.split())
    assert code == 0
    assert "reference critical: psi above 0.4" in said
    assert "calibrated critical: effect_least at least 0.3, p below 0.0001" in said
    assert "warning: effect at least 0.06, p below 0.001" in said
    assert "Settings in the monitor file" in said
    assert "bins Equal-frequency bins for PSI" in said
    assert "default 10; integer, at least 2, at most 1000" in said


def test_a_check_without_limits_says_that_it_never_alerts(windage):
    assert "calibrated: reported, never alerts" in " ".join(windage("checks")[1].split())
    assert "calibrated reported, never alerts" in " ".join(windage("checks", "estimated_accuracy")[1].split())


@pytest.mark.parametrize("name", sorted(discovered()))
def test_every_check_can_be_explained(windage, name):
    code, out, _ = windage("checks", name)
    assert code == 0
    assert out.startswith(f"{name}  ")


def test_json_holds_what_the_table_holds(windage):
    found = {each["name"]: each for each in json.loads(windage("checks", "--json")[1])}
    assert found.keys() == discovered().keys()
    limits = found["reject_rate"]["limits"]
    assert limits["reference"] == [
        {
            "statistic": "increase",
            "side": "at least",
            "limit": 0.1,
            "severity": "critical",
            "trigger": "reject_rate_increase",
            "adjusted_p_below": None,
        }
    ]
    assert [(each["severity"], each["adjusted_p_below"]) for each in limits["calibrated"]] == [
        ("critical", 0.005),
        ("warning", 0.005),
        ("warning", 0.005),
    ]
    assert list(found["value_range"]["limits"]) == ["calibrated"]
    assert {each["adjusted_p_below"] for each in found["value_range"]["limits"]["calibrated"]} == {None}
    assert json.loads(windage("checks", "reject_rate", "--json")[1]) == found["reject_rate"]


def test_an_unknown_check_is_named_with_its_neighbour(windage):
    code, out, err = windage("checks", "entropi")
    assert (code, out) == (2, "")
    assert "unknown check 'entropi'. Did you mean 'entropy'?" in err


def test_the_schema_knows_every_check(windage):
    code, out, _ = windage("schema")
    schema = json.loads(out)
    assert code == 0
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["properties"]["checks"]["anyOf"][0]["properties"].keys() == {"defaults", *discovered()}
