"""Published peers, each in an environment of its own: their dependencies are no friends of each other's.

python benchmarks/environments.py            installs what is missing, into .cache/peers
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".cache" / "peers"
REQUIRED: Mapping[str, Sequence[str]] = {
    "evidently": ("evidently==0.7.23", "pandas<3", "numpy<2.4"),
    "nannyml": ("nannyml==0.13.1", "pandas<3", "numpy<2.4", "statsmodels"),
    "alibi-detect": ("alibi-detect==0.13.0", "pandas<3", "pyarrow<20"),
    "whylogs": (
        "whylogs==1.6.4",
        "ipython",
        "scipy",
        "scikit-learn",
        "pybars3",
        "requests",
        "pandas<2.3",
        "numpy<2",
        "setuptools<80",
        "pyarrow<20",
    ),
    "deepchecks": (
        "deepchecks==0.19.1",
        "scikit-learn<1.5",
        "category_encoders<2.7",
        "pandas<2.3",
        "numpy<2",
        "setuptools<80",
        "pyarrow<20",
    ),
}


def installed() -> list[str]:
    return [name for name in REQUIRED if python(name).exists()]


def install(name: str) -> None:
    """An environment with the peer and what it needs, by uv where the repository has it, else by pip."""
    uv = ROOT / ".cache" / "uv" / "bin" / "uv"
    place = HOME / name
    if uv.exists():
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, place], check=True)
        subprocess.run([uv, "pip", "install", "-q", "-p", python(name), *REQUIRED[name]], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([python(name), "-m", "pip", "install", "-q", *REQUIRED[name]], check=True)


def install_missing() -> list[str]:
    """The peers that can be used; one that does not install is said and left out."""
    for name in REQUIRED.keys() - set(installed()):
        print(f"installing {name} …", flush=True)
        try:
            install(name)
        except subprocess.CalledProcessError as error:
            print(f"{name} does not install here: {error}", flush=True)
    return installed()


def python(name: str) -> Path:
    return HOME / name / "bin" / "python"


if __name__ == "__main__":
    print("installed:", ", ".join(install_missing()))
