"""
The paper checks: papers made anywhere are read as they are, and looked at as a careful inspector would.

What stands in `__all__` is promised to plugins that offer checks of their own.
"""

from .case import DossierCase, SignedFile
from .records import Paper, PaperKind, PaperSet, Place
from .rule import Remark, Rule

__all__ = ["DossierCase", "Paper", "PaperKind", "PaperSet", "Place", "Remark", "Rule", "SignedFile"]
