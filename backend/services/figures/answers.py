"""A question about figures that was admitted and is not answered yet: what it rests on comes sooner than the answer.

An edge that has given the answer for the same version before may give it again. Which figures, and to whom, is
`trend_access`; documents are made by `trends` and `trend_overviews`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from backend.services.figures.trend_access import Figures

#: Raised whenever a document of the same figures looks different: what was given before is not given again.
SHAPE = 1
#: So often figures are read again when others are fixed while they are read.
MOST_READINGS = 3


@dataclass(frozen=True)
class Answer:
    """The figures asked for, what was asked (`about`: plain values), and how the document is made of them."""

    found: Figures
    about: tuple[Any, ...]
    make: Callable[[Figures], dict[str, Any]]

    def settled(self, before: str) -> tuple["Answer", str | None]:
        """The same with its figures read, and the version that they are of; None if they kept changing meanwhile.

        ``before`` is the version before. The one after may be of what somebody else has fixed since the reading, so
        figures are those of a version only where it stands before and after. Who fixes what is due reads twice.
        """
        answer = self
        for _ in range(MOST_READINGS):
            answer = replace(self, found=self.found.anew())
            answer.found.read_now()
            after = answer.version()
            if after == before:
                return answer, after
            before = after
        return answer, None

    def document(self) -> dict[str, Any]:
        """The figures as they are given; reads them."""
        return self.make(self.found)

    def version(self) -> str:
        """Two answers of one version are the same to the letter; holds no figure and nobody's name that can be read.

        Of which version a document is, says `settled`.
        """
        return hashlib.sha256(repr((SHAPE, self.about, self.found.version())).encode()).hexdigest()[:32]
