"""A process that is confined to some cores counts those alone."""

import os
import subprocess
import sys

import pytest

from windage.cores import usable_cores

CONFINED = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); from windage.cores import usable_cores; print(usable_cores())"


def test_there_is_one_at_least():
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system confines no process")
def test_only_those_that_it_may_use():
    assert subprocess.check_output([sys.executable, "-c", CONFINED], text=True) == "1\n"
