"""The arrows between the rooms: the contracts of pyproject.toml, and what import-linter cannot say."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import notifications

ROOT = Path(__file__).parents[2]
ROOMS = ("backend", "mobile_api", "notifications")
WEB = ("flask", "werkzeug", "flask_sqlalchemy", "flask_smorest", "mobile_api")
NOTIFICATIONS = ["notifications", *(m.name for m in pkgutil.walk_packages(notifications.__path__, "notifications."))]


def sources(*rooms: str) -> list[Path]:
    """Return every Python file of the rooms, but for the web client's."""
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in files if "node_modules" not in path.parts]


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of each module that the file imports, lazily or not."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_imports_the_standard_library_only() -> None:
    allowed = {*sys.stdlib_module_names, "backend"}
    strange = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("backend/domain")
        for name in imported(path)
        if name.split(".")[0] not in allowed or (name.startswith("backend") and not name.startswith("backend.domain"))
    }
    assert not strange


def test_nothing_imports_the_front_door() -> None:
    assert not [path for path in sources(*ROOMS) if "nightsheet" in {name.split(".")[0] for name in imported(path)}]


def test_importing_the_reminders_side_loads_no_flask() -> None:
    script = f"import sys, {', '.join(NOTIFICATIONS)}; print(*(name for name in {WEB!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
