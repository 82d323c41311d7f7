"""numpy sorts without AVX-512 on a Zen 4, and by its own choice elsewhere."""

import json
import os
import subprocess
import sys

import pytest

from windage.avx512 import SWITCHES, avx512_feature, first_processor, is_zen4

ZEN_3 = "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nflags\t\t: fpu sse2 avx avx2"
ZEN_4 = "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nflags\t\t: fpu sse2 avx avx2 avx512f avx512dq"
ZEN_5 = "vendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\nflags\t\t: fpu sse2 avx avx2 avx512f avx512dq"
INTEL = "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nflags\t\t: fpu sse2 avx avx2 avx512f avx512dq"
ARM = "BogoMIPS\t: 243.75\nFeatures\t: fp asimd evtstrm"
ASK = """
import json, os, warnings
warnings.simplefilter("error")
{first}
import windage, numpy
from numpy._core._multiarray_umath import __cpu_features__, __cpu_dispatch__
wide = [each for each in __cpu_dispatch__ if each in ("X86_V4", "AVX512_SKX")]
print(json.dumps([os.environ.get("NPY_DISABLE_CPU_FEATURES"), any(__cpu_features__[each] for each in wide)]))
"""


def asked(first="", **chosen):
    """What a new process chose for numpy, and whether its numpy uses AVX-512."""
    environment = {name: value for name, value in os.environ.items() if name not in SWITCHES} | chosen
    told = subprocess.run(
        [sys.executable, "-c", ASK.format(first=first)], capture_output=True, text=True, check=True, env=environment
    )
    return json.loads(told.stdout)


@pytest.mark.parametrize(
    ("processor", "slow"),
    [(ZEN_3, False), (ZEN_4, True), (ZEN_5, False), (INTEL, False), (ARM, False), ("", False)],
    ids=["Zen 3", "Zen 4", "Zen 5", "Intel", "ARM", "no Linux"],
)
def test_it_is_the_fourth_zen_alone(processor, slow):
    assert is_zen4(processor) is slow


def test_a_process_chooses_by_its_processor_and_numpy_obeys():
    chosen, has_wide = asked()
    if is_zen4(first_processor()):
        assert (chosen, has_wide) == (avx512_feature(), False)
    else:
        assert chosen is None


def test_what_was_chosen_before_stays():
    assert asked(NPY_DISABLE_CPU_FEATURES="")[0] == ""


def test_a_numpy_that_is_loaded_already_is_let_alone():
    assert asked("import numpy")[0] is None


@pytest.mark.parametrize(
    ("release", "name"), [("2.0.2", "AVX512_SKX"), ("2.3.5", "AVX512_SKX"), ("2.4.0", "X86_V4"), ("2.10.1", "X86_V4")]
)
def test_numpy_renamed_it(tmp_path, monkeypatch, release, name):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").touch()
    (tmp_path / "numpy" / "version.py").write_text(f'"""A version."""\nversion = "{release}"\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numpy")
    assert avx512_feature() is None  # built on this machine, maybe for it
    (tmp_path / "numpy.libs").mkdir()
    assert avx512_feature() == name
