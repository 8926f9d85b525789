"""What was made once in this process and is too dear to make again: folders that fixtures share across test folders."""

from pathlib import Path

MADE: dict[str, Path] = {}
"""By name. A folder of tests and what imports its fixtures are different modules to pytest, with different fixtures."""
