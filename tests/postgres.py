"""A PostgreSQL of the tests' own: made in a temporary folder, thrown away at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: Where Debian keeps the servers.
DEBIAN = Path("/usr/lib/postgresql")
#: Said when there is none.
MISSING = "no PostgreSQL server here: install the Debian package postgresql to test the store on it"
#: Nothing here outlives the tests: no durability is paid for.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
}


def binaries() -> Path | None:
    """Return the folder of the newest server installed; `None` without one."""
    found = [folder.parent for folder in DEBIAN.glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return max(found, key=_version, default=None)


def _version(folder: Path) -> int:
    digits = folder.parent.name.split(".")[0]
    return int(digits) if digits.isdigit() else 0


def _unprivileged() -> list[str]:
    """Return the command that sheds root's rights, which PostgreSQL refuses to run with."""
    if os.geteuid() != 0:
        return []
    user = _user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root needs a user named postgres or nobody to start PostgreSQL as")


@contextmanager
def server(**options: str) -> Iterator[str]:
    """Run a server; yield the SQLAlchemy address of its first database, without a name.

    *options* are PostgreSQL's own, in place of those that make it fast and forgetful.
    """
    folder = binaries()
    if folder is None:
        raise RuntimeError(MISSING)
    root = Path(tempfile.mkdtemp(prefix="licite-postgres-"))
    if os.geteuid() == 0:
        os.chown(root, _user().pw_uid, _user().pw_gid)
    try:
        yield from _run(folder, root, {**_OPTIONS, **options})
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _run(folder: Path, root: Path, chosen: Mapping[str, str]) -> Iterator[str]:
    cluster, port = root / "cluster", _free_port()
    initdb = [str(folder / "initdb"), "-D", str(cluster), "-U", "licite", "-A", "trust"]
    _call([*initdb, "-E", "UTF8", "--no-sync", "--locale=C"], root)
    options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    options += f" -c listen_addresses=127.0.0.1 -c unix_socket_directories={root} -p {port}"
    control = [str(folder / "pg_ctl"), "-D", str(cluster), "-w", "-t", "60"]
    _call([*control, "-l", str(root / "log"), "-o", options, "start"], root)
    try:
        yield f"postgresql+psycopg://licite@127.0.0.1:{port}"
    finally:
        _call([*control, "-m", "immediate", "stop"], root)


def _call(command: list[str], folder: Path) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)}
    done = subprocess.run(
        [*_unprivileged(), *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
