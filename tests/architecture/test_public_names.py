"""The public names are complete, documented and where they say they are."""

import inspect

import pytest

import windage


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'run_drift_chek'"):
        windage.run_drift_chek  # noqa: B018


@pytest.mark.parametrize("name", [name for name in windage.__all__ if not name.startswith("_")])
def test_every_public_name_is_there_and_documented(name):
    assert getattr(windage, name).__doc__, f"{name} has no docstring of its own"
    assert name in dir(windage)


@pytest.mark.parametrize("function", [getattr(windage, name) for name in windage.__all__ if name.islower()])
def test_public_functions_are_typed(function):
    if inspect.isfunction(function):
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())
