"""
Namespaces of the kernel, in which network and disk can fail for real: a line that is cut, a disk that is read-only.

Two network namespaces are joined by one line; when it is cut, packets are dropped without a word, as in a real cut.

Both ends hang on a bridge between them, and it is the bridge that is set down: both keep their carrier and their route,
nobody resets anything, nothing is unreachable, and nothing arrives.

The process that holds them ends with the test, however the test ends, because its standard input does; the namespaces,
the line, and their addresses end with it, and nothing was ever laid into the network of the machine itself. Where one
is not root, both lie in a user namespace that maps the account to itself.

Run as a program this file is that process: it reads commands as lines of JSON and answers each with a line of JSON.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OUTSIDE, INSIDE = "192.0.2.1", "192.0.2.2"
"""Addresses of the two ends; they mean nothing outside the namespaces."""
_UNSHARE = ("unshare", "--net")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the machine's is not there
_OWN_USERS = () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")


def refusal() -> str:
    """Say why no network namespace can be made here; empty: one can."""
    lacking = [one for one in ("unshare", "nsenter", "ip") if shutil.which(one) is None]
    if lacking:
        return (
            f"needs the program {lacking[0]} of the Debian packages util-linux and iproute2, which make test installs"
        )
    needed = "ip link add outside type veth peer name plug && ip link add hub type bridge"
    tried = subprocess.run([*_UNSHARE, *_OWN_USERS, "sh", "-c", needed], capture_output=True, text=True, check=False)
    return f"network namespaces are not permitted here: {tried.stderr.strip()}" if tried.returncode else ""


def disk_refusal(folder: Path, *, real: bool = False) -> str:
    """
    Say why no disk can be made to fail here; empty: it can.

    Args:
        folder: an empty one to try it at.
        real: as for `Disk`.
    """
    here = shlex.quote(str(folder))
    needed = f"mount -t tmpfs disk {here} && mount -o remount,ro {here}"
    if real:
        needed = f"truncate -s 32M {here}.img && mkfs.ext4 -q -F {here}.img && "
        needed += f"mount {_EXT4} {here}.img {here} && test -w {_TRIGGER.format(here=here)}"
    tried = subprocess.run(
        ["unshare", "--mount", *_OWN_USERS, "sh", "-c", needed], capture_output=True, text=True, check=False
    )
    return f"no such disk can be mounted here: {tried.stderr.strip()}" if tried.returncode else ""


_EXT4 = "-o loop,errors=remount-ro"
_TRIGGER = "/sys/fs/ext4/$(basename $(findmnt -no SOURCE {here}))/trigger_fs_error"


class Disk:
    """
    A file system at a folder, in a mount namespace of its own, that can be taken read-only.

    Args:
        folder: where it is mounted; what lies there already is copied in.
        real: an ext4 in a file, whose error the kernel can be asked for; otherwise one in memory, to be remounted.
    """

    def __init__(self, folder: Path, *, real: bool = False) -> None:
        self._folder = folder
        self._holder = subprocess.Popen(
            ["unshare", "--mount", *_OWN_USERS, "sh", "-c", 'while read -r line; do eval "$line"; echo $?; done'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        here = shlex.quote(str(folder))
        self._do(f"cp -a {here} {here}.disk")
        if real:
            self._do(f"truncate -s 32M {here}.img && mkfs.ext4 -q -F {here}.img")
        self._do(f"mount {_EXT4} {here}.img {here}" if real else f"mount -t tmpfs -o mode=0700 disk {here}")
        self._do(f"cp -a {here}.disk/. {here} && sync -f {here}")  # what nobody flushed may be lost, and should be
        users = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        self.inside = ("nsenter", "--target", str(self._holder.pid), "--mount", *users)
        self.seen = Path(f"/proc/{self._holder.pid}/root{folder}")
        """Where the folder is for whoever is outside the namespace."""

    def _do(self, command: str) -> None:
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.write(command + "\n")
        self._holder.stdin.flush()
        assert self._holder.stdout.readline() == "0\n", command

    def remount(self, how: str) -> None:
        """Remount it ``ro`` or ``rw``; the kernel refuses ``ro`` while a file is open for writing: then again."""
        remount = f"mount -o remount,{how} {shlex.quote(str(self._folder))}"
        self._do(f"for _turn in $(seq 200); do {remount} && break; sleep 0.05; done")

    def fail(self) -> None:
        """Have the kernel meet an error of the ext4: it lets nobody write any more, whatever is open."""
        self._do(f"echo 1 >{_TRIGGER.format(here=shlex.quote(str(self._folder)))}")

    def repair(self) -> None:
        """Check and mount the ext4 anew, as an administrator does; nobody may have a file of it open."""
        here = shlex.quote(str(self._folder))
        self._do(f"umount {here} && {{ e2fsck -p {here}.img >&2; test $? -lt 4; }} && mount {_EXT4} {here}.img {here}")

    def close(self) -> None:
        """End the namespace, and the file system with it."""
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.close()
        self._holder.wait(30)
        self._holder.stdout.close()


class Line:
    """The line between the two namespaces; the server lives at the outside end, the node at the inside end."""

    def __init__(self) -> None:
        command = [*_UNSHARE, *_OWN_USERS, sys.executable, __file__]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        places = self._answer()
        self.outside, self.inside = (self._entered(places[end]) for end in ("outside", "inside"))

    def _entered(self, process: int) -> tuple[str, ...]:
        users = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        return ("nsenter", "--target", str(process), "--net", *users)

    def _answer(self, **asked: object) -> Any:
        assert self._holder.stdin
        assert self._holder.stdout
        if asked:
            self._holder.stdin.write(json.dumps(asked) + "\n")
            self._holder.stdin.flush()
        line = self._holder.stdout.readline()
        assert line, "the process that holds the namespaces has ended"
        return json.loads(line)

    def cut(self) -> None:
        """Let nothing through any more: neither end is told."""
        assert self._answer(act="link", state="down") == 0

    def mend(self) -> None:
        """Let everything through again."""
        assert self._answer(act="link", state="up") == 0

    def get(self, url: str, timeout: float) -> tuple[int, str]:
        """Ask a web server that lives at the inside end. Returns status (0: no answer in time) and text."""
        status, text = self._answer(act="get", url=url, timeout=timeout)
        return int(status), str(text)

    def close(self) -> None:
        """End the namespaces."""
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.close()
        self._holder.wait(30)
        self._holder.stdout.close()


@contextmanager
def line() -> Iterator[Line]:
    """Lay a line for the time of the block."""
    one = Line()
    try:
        yield one
    finally:
        one.close()


def _ip(*arguments: str) -> int:
    return subprocess.run(["ip", *arguments], check=False, stdout=sys.stderr).returncode


def _get(url: str, timeout: float) -> tuple[int, str]:
    try:
        with _OPENER.open(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def _hold() -> None:
    """Hold the outside end, with the inside end as a child: that one answers what is asked there."""
    command = [*_UNSHARE, sys.executable, __file__, "inside"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    assert child.stdout
    child.stdout.readline()  # it is in its namespace
    made = (
        "link add hub type bridge", "link add outside type veth peer name plug",
        f"link add jack type veth peer name inside netns {child.pid}", "link set plug master hub",
        "link set jack master hub", f"address add {OUTSIDE}/30 dev outside",
        *(f"link set {one} up" for one in ("lo", "hub", "plug", "jack", "outside")),
    )  # fmt: skip
    for one in made:
        assert _ip(*one.split()) == 0
    child.stdin.write('{"act": "address"}\n')
    child.stdin.flush()
    assert json.loads(child.stdout.readline()) == 0
    _say({"outside": os.getpid(), "inside": child.pid})
    for text in sys.stdin:
        asked = json.loads(text)
        if asked["act"] == "link":
            _say(_ip("link", "set", "hub", asked["state"]))
            continue
        child.stdin.write(text)
        child.stdin.flush()
        sys.stdout.write(child.stdout.readline())
        sys.stdout.flush()
    child.stdin.close()
    child.wait()


def _answer_inside() -> None:
    _say("in")
    for text in sys.stdin:
        asked = json.loads(text)
        if asked["act"] == "get":
            _say(_get(asked["url"], asked["timeout"]))
            continue
        ups = ("link set lo up", f"address add {INSIDE}/30 dev inside", "link set inside up")
        _say(max(_ip(*one.split()) for one in ups))


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _answer_inside() if Path(sys.argv[-1]).name == "inside" else _hold()
