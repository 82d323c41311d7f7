"""What other packages add: it is found by name, and where it cannot be used nobody else is hurt."""

import pytest

from windage import extensions
from windage.errors import InvalidInput
from windage.extensions import Extensions

THINGS = Extensions("windage.things", "thing", built_in=("stone",))


@pytest.fixture
def adds(tmp_path, monkeypatch):
    """Installs a package whose entry points are these."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def installs(package, **things):
        about = tmp_path / f"{package}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        lines = "".join(f"{name} = {place}\n" for name, place in things.items())
        (about / "entry_points.txt").write_text(f"[windage.things]\n{lines}")
        extensions._ours.cache_clear()

    yield installs
    extensions._ours.cache_clear()


def test_what_is_added_stands_beside_what_is_built_in(adds):
    assert (THINGS.names, THINGS.added) == (["stone"], [])
    adds("others", leaf="math:pi", nut="math:e")
    assert (THINGS.names, THINGS.added) == (["leaf", "nut", "stone"], ["leaf", "nut"])
    assert THINGS.load("leaf") == pytest.approx(3.14159, abs=1e-5)


def test_what_is_not_there_is_told_with_what_is(adds):
    adds("others", leaf="math:pi")
    with pytest.raises(
        InvalidInput, match=r"^unknown thing 'leav'\. Did you mean 'leaf'\? Available things: leaf, stone\.$"
    ):
        THINGS.load("leav")


def test_what_cannot_be_imported_is_an_error_for_who_asks_for_it_alone(adds):
    adds("others", leaf="nowhere.to_be_found:Leaf", nut="math:e")
    assert THINGS.load("nut")
    with pytest.raises(
        InvalidInput, match=r"thing 'leaf' cannot be imported from nowhere.*: ModuleNotFoundError: .*uninstall"
    ):
        THINGS.load("leaf")


def test_one_name_of_two_things_is_neither(adds):
    adds("some", leaf="math:pi", nut="math:e")
    adds("others", leaf="math:tau", nut="math:e", stone="math:inf")
    assert THINGS.load("nut")
    with pytest.raises(InvalidInput, match=r"more than one thing is named 'leaf': math:pi, math:tau\. Rename"):
        THINGS.load("leaf")
    with pytest.raises(
        InvalidInput, match=r"more than one thing is named 'stone': math:inf and a built-in one\. Rename"
    ):
        THINGS.load("stone")
