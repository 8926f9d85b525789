"""A PostgreSQL server of the tests' own: a fresh cluster on a Unix socket, gone when the tests are."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))


def _account() -> str | None:
    """The server refuses to run as root; Debian's package makes an account for it."""
    return "postgres" if os.geteuid() == 0 else None


class Server:
    """
    A running server; every call of `database` makes an empty database of its own.

    Args:
        listen: an address of the network namespace it runs in, to be reached at too; empty: the Unix socket only.
        inside: command prefix by which a program enters that namespace.
    """

    def __init__(self, folder: Path, listen: str = "", inside: tuple[str, ...] = ()) -> None:
        if not PROGRAMS:
            raise RuntimeError("the Debian package postgresql is needed: make test names and installs it")
        self.folder = folder
        self.listen = listen
        self._inside = inside
        self._made = 0
        self._run("initdb", "--pgdata", folder / "data", "--auth", "trust", "--username", "congkhai", "--no-sync",
                  "--encoding", "UTF8", "--locale", "C.UTF-8")  # fmt: skip
        if listen:
            with (folder / "data" / "pg_hba.conf").open("a", encoding="ascii") as rules:
                rules.write(f"host all all {listen}/24 trust\n")

    def _run(self, program: str, *arguments: object) -> None:
        account, enter = _account(), list(self._inside)
        if account and enter:  # only root may enter, and becomes the account there
            who, account = pwd.getpwnam(account), None
            enter += ["--setgid", str(who.pw_gid), "--setuid", str(who.pw_uid)]
        subprocess.run(
            [*enter, PROGRAMS[-1] / program, *map(str, arguments)], check=True, user=account, capture_output=True,
            cwd=self.folder, env={"PATH": os.defpath + ":/usr/sbin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    def start(self) -> None:
        """Start the server on a socket in its folder, on no network port but the one it was made for."""
        options = f"-c listen_addresses='{self.listen}' -c unix_socket_directories={self.folder}"
        options += " -c fsync=off -c max_connections=300"
        self._run(
            "pg_ctl", "--pgdata", self.folder / "data", "--wait", "--log", self.folder / "log", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``fast`` as an administrator would, ``immediate`` as a power cut would."""
        self._run("pg_ctl", "--pgdata", self.folder / "data", "--wait", "--mode", mode, "stop")

    def url(self, database: str) -> str:
        """Return the address of a database as the ini names it."""
        return f"postgresql+psycopg://congkhai@/{database}?host={self.folder}"

    def database(self) -> str:
        """Make an empty database and return its address."""
        self._made += 1
        name = f"house{self._made}"
        self._run("createdb", "--host", self.folder, "--username", "congkhai", name)
        return self.url(name)


@contextmanager
def running_server(listen: str = "", inside: tuple[str, ...] = ()) -> Iterator[Server]:
    """Run a server for the time of the block; see `Server`."""
    # A socket's path may not be longer than 107 bytes, and the server's account must be able to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix="congkhai-pg-", dir="/tmp"))
    account = _account()
    if account:
        who = pwd.getpwnam(account)
        os.chown(folder, who.pw_uid, who.pw_gid)
    try:
        server = Server(folder, listen, inside)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
