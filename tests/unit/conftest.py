"""Builders that tests of several folders share lie beside those folders' parent."""

import sys
from pathlib import Path

shared = str(Path(__file__).parents[1])
if shared not in sys.path:
    sys.path.insert(0, shared)
