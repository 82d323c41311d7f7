"""log Γ and its derivatives: by hand and against scipy."""

import numpy as np
import pytest
from scipy import special

from windage.stats.polygamma import digamma, log_gamma, tetragamma, trigamma

X = np.concatenate([10 ** np.random.default_rng(0).uniform(-2, 6, 2000), [0.5, 1.0, 2.0]])


def test_by_hand():
    assert float(digamma(1) - digamma(0.5)) == pytest.approx(2 * np.log(2), rel=1e-14)
    assert float(trigamma(0.5)) == pytest.approx(np.pi**2 / 2, rel=1e-14)
    assert float(tetragamma(1) - tetragamma(2)) == pytest.approx(-2, rel=1e-14)


def test_equal_scipys():
    assert log_gamma(X) == pytest.approx(special.gammaln(X), rel=1e-13, abs=1e-13)
    assert digamma(X) == pytest.approx(special.digamma(X), rel=1e-13, abs=1e-13)
    assert trigamma(X) == pytest.approx(special.polygamma(1, X), rel=1e-13)
    assert tetragamma(X) == pytest.approx(special.polygamma(2, X), rel=1e-13)
