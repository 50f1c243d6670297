"""One noun a file; each module offers ``blp``. The order here is the order of the API document."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any


def blueprints() -> Iterator[Any]:
    """Every module's blueprint, by file name."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        yield importlib.import_module(f"{__name__}.{module.name}").blp
