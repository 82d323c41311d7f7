"""Days of a numeric column ``x``, and what may happen to its values."""

import numpy as np

ROWS = 600
CODES = np.array([200.0, 301.0, 404.0, 500.0])


def made(change=None, *, rows=ROWS):
    """A normal column ``x`` after ``change``, beside one that stays."""

    def make(rng, at):
        values = rng.normal(size=rows)
        return {"numeric": {"x": values if change is None else change(values), "other": rng.normal(size=rows)}}

    return make


def sentinel(share, value=-999.0):
    return lambda values: np.where(np.arange(values.size) < share * values.size, value, values)


def frozen(value):
    return lambda values: np.full(values.size, value)


def counts(change=None):
    return lambda rng, at: {"numeric": {"x": (change or np.copy)(rng.poisson(3.3, ROWS))}}


def spend(change=None):
    return lambda rng, at: {
        "numeric": {"x": (change or np.copy)(np.where(rng.random(ROWS) < 0.6, 0.0, rng.lognormal(2, 1, ROWS)))}
    }


def codes(change=None, *, p=(0.85, 0.07, 0.05, 0.03)):
    return lambda rng, at: {"numeric": {"x": (change or np.copy)(rng.choice(CODES, ROWS, p=p))}}
