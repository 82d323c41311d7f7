"""Keep numpy from sorting with AVX-512 where a processor is six times slower at it than with AVX2.

numpy's AVX-512 sort stores what it partitions by VPCOMPRESS to memory, which AMD's Zen 4 (EPYC 9004, Ryzen 7000) runs in
microcode at over a hundred cycles a time; Zen 5 and Intel do not. numpy has no switch of its own for the sort, but reads
NPY_DISABLE_CPU_FEATURES when it is first imported. This also makes its logarithms and exponentials slower, but a
profile takes far fewer of them than it makes comparisons.
"""

from __future__ import annotations

import os
import sys

SWITCHES = ("NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES")
"""The variables that numpy reads. If one of them is set, even to nothing, both stay as they are."""


def avoid_slow_sorts() -> None:
    """Switch AVX-512 off for this process and those it starts, if the processor is a Zen 4 and numpy is not imported yet."""
    if "numpy" in sys.modules or any(name in os.environ for name in SWITCHES) or not is_zen4(first_processor()):
        return
    feature = avx512_feature()
    if feature is not None:
        os.environ[SWITCHES[0]] = feature


def first_processor() -> str:
    """What Linux says of its first processor; empty elsewhere."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as told:  # noqa: PTH123 — pathlib is not loaded yet
            return told.read(8192).partition("\n\n")[0]
    except OSError:
        return ""


def is_zen4(processor: str) -> bool:
    """AMD's family 25 is Zen 3 and Zen 4; only Zen 4 has AVX-512."""
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in processor.splitlines())}
    maker, family = facts.get("vendor_id"), facts.get("cpu family")
    return maker == "AuthenticAMD" and family == "25" and "avx512f" in facts.get("flags", "").split()


def avx512_feature() -> str | None:
    """What the numpy that would be imported calls AVX-512; None if that numpy may need AVX-512.

    numpy cannot be imported without the features that it was built for. Its published wheels, recognised by the folder of
    libraries beside them, are built for processors of 2009.
    """
    import re
    from importlib.util import find_spec
    from pathlib import Path

    numpy = find_spec("numpy")
    if numpy is None or numpy.origin is None:
        return None
    package = Path(numpy.origin).parent
    if not package.with_name("numpy.libs").is_dir():
        return None
    release = re.search(r'^version = "(\d+)\.(\d+)', (package / "version.py").read_text(), re.MULTILINE)
    if release is None:
        return None
    return "X86_V4" if tuple(map(int, release.groups())) >= (2, 4) else "AVX512_SKX"
