"""Hide what a plain install of one framework does not bring: Python imports this at its start if it is on the path.

Many packages take what they find (msgspec and typing_extensions, click and rich), so that a hello-world would weigh
more in an environment full of its peers. Nothing is imported here that would then be missing from what is counted.
"""

# The base class is taken from where Python has it: importing it would load modules. mypy cannot follow.
# mypy: disable-error-code="misc"

import os
import sys

HIDDEN = frozenset(os.environ["HIDDEN_MODULES"].split(","))


class PlainFinder(next(each for each in sys.meta_path if getattr(each, "__name__", "") == "PathFinder")):
    """Find modules on the path, as before, except hidden ones."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> object:
        return None if name in HIDDEN else super().find_spec(name, path, target)


sys.meta_path = [PlainFinder if getattr(each, "__name__", "") == "PathFinder" else each for each in sys.meta_path]
