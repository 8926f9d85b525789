"""What foreign software says about our files, and we about theirs. `make interop` gets that software and runs this."""

import sys
from pathlib import Path

# The makers of honest and of hostile files are those of tests/signing; importlib mode puts no folder on the path.
_ROOT = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)
