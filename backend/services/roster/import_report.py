"""What the import of any list answers with, and the one rule of when it is stored. What it counts is the list's own."""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.services.roster.problems import Problem, Severity


@dataclass(kw_only=True)
class ImportReport:
    """What was done, or would be. ``stored`` is False for a dry run and for a file that was refused."""

    dry_run: bool = False
    stored: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether a problem keeps a row, or the whole file, from being imported."""
        return any(problem.severity is Severity.REFUSED for problem in self.problems)

    def is_to_be_stored(self, *, good_rows: bool, holds_rows: bool) -> bool:
        """All or nothing, unless somebody asked for the ``good_rows`` and the file ``holds_rows`` that are good."""
        return not self.dry_run and (not self.refused or (good_rows and holds_rows))
