"""The picture of a moved feature: finite, within the shares, and drawn of any distribution."""

import numpy as np
import pytest

from builders import SHAPES, sample
from windage.profiles.numeric import NumericProfile
from windage.profiles.picture import BARS, picture
from windage.vocabulary import Picture


@pytest.mark.parametrize("resolution", [None, 16])
@pytest.mark.parametrize("other", ["normal", "huge", "denormal"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_picture_is_finite_and_adds_up(shape, other, resolution):
    rng = np.random.default_rng(0)
    drawn = picture(*(NumericProfile.of(sample(rng, each, 400), resolution=resolution) for each in (shape, other)))
    assert len(drawn.edges) == BARS + 1
    assert (np.diff(drawn.edges) >= 0).all()
    for shares, ecdf in (
        (drawn.reference_shares, drawn.reference_ecdf),
        (drawn.current_shares, drawn.current_ecdf),
    ):
        assert len(shares) == BARS
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0
        assert len(ecdf) == len(drawn.ecdf_x)
        assert (np.diff(ecdf) >= 0).all()
        assert 0 <= ecdf[0] <= ecdf[-1] <= 1
    assert drawn.ks_at in drawn.ecdf_x
    assert Picture.model_validate_json(drawn.model_dump_json()) == drawn


def test_two_constants():
    drawn = picture(NumericProfile.of(np.full(60, 5.0)), NumericProfile.of(np.full(60, 5.0)))
    assert drawn.edges[0] < 5.0 < drawn.edges[-1]
    assert max(drawn.current_shares) == 1.0
