"""``python -m windage`` is the command ``windage``."""

import sys

from windage.cli import main

sys.exit(main())
