"""The signing tests' sample makers, for tests of the verbs and reports that show what the signing library found."""

import importlib.util
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


def sample_module(name: str) -> ModuleType:
    """Load the signing tests' sample makers, which lie in a package of their own."""
    home = Path(__file__).parents[1] / "signing"
    if "signing_samples" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "signing_samples", home / "__init__.py", submodule_search_locations=[str(home)]
        )
        assert spec is not None
        sys.modules["signing_samples"] = importlib.util.module_from_spec(spec)
    return import_module(f"signing_samples.{name}")
