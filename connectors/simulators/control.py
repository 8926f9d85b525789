"""
What every simulator is made of: a process of its own, a clock that only moves when told, a journal, planted faults.

``python -m congkhai.connectors.simulators.NAME [--port N] [--seed N] [--papers N] [--state FOLDER] [--scenario FILE]
[--detached]`` prints one line of JSON when it is ready and serves on 127.0.0.1 until SIGTERM, or until its stdin ends
(not with ``--detached``). Without ``--scenario`` it invents papers from the seed (`invent`), the same ones each time.
Everything it knows lies in FOLDER, so that it may be killed and started again; without ``--state`` the folder is a
temporary one. The control interface::

    GET  /_simulator/clock    {"now"}
    POST /_simulator/clock    {"now": ISO 8601 with zone}      never backwards
    GET  /_simulator/journal  {"calls": [...]}                 every call to the simulated system, oldest first
    GET  /_simulator/fault    {"faults": [...]}
    POST /_simulator/fault    {"fault", "on"?, "after"?, "times"?, ...} or {"clear": true}
    POST /_simulator/chaos    {"rate": 0.0-1.0, "seed": N, "faults": [codes]?}  faults at random, the same each time
    POST /_simulator/skew     {"seconds": N}                   how wrong the simulated machine's own clock is
    POST /_simulator/limit    {"calls": N, "seconds": S}       429 with Retry-After beyond N calls in S real seconds
    GET  /_simulator/state    {"kind", "now", "due": [ids], ...}
    POST /_simulator/NAME     an act of the simulated people, defined by each simulator
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from congkhai.plugin.clock import SystemClock

from .base import Fault, Refused, Simulator
from .invent import invented
from .scenario import load_scenario, parse_scenario
from .wire import Call, Reply, json_reply, write_bytes, write_json

__all__ = ["CONTROL", "Call", "Fault", "Refused", "Reply", "Running", "Simulator", "json_reply", "main", "write_bytes",
           "write_json"]  # fmt: skip

CONTROL = "/_simulator"


class Running:
    """A simulator that serves on 127.0.0.1; `stop` ends it, its folder stays."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        """Bind `port`; 0 takes the port of the last run when it is free, so that addresses stay true, else any."""
        self.simulator = simulator
        self.server = _bind(port, simulator)
        simulator.port = self.server.server_address[1]
        self.base = f"http://127.0.0.1:{simulator.port}"
        self.control = self.base + CONTROL
        simulator.save()
        with simulator.lock:
            simulator.advanced()
        self._thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name=simulator.kind
        )
        self._thread.start()

    @property
    def line(self) -> dict[str, str]:
        """What the process says on stdout when it is ready."""
        return {"control": self.control, **self.simulator.ready(self.base)}

    def stop(self) -> None:
        """Stop serving and free the port; may be called again."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)


def _bind(port: int, simulator: Simulator) -> "_Server":
    if port == 0 and simulator.port:
        try:
            return _Server(("127.0.0.1", simulator.port), simulator)
        except OSError:
            pass  # somebody else has it now: any free port will do
    return _Server(("127.0.0.1", port), simulator)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet when a client hangs up; anything else goes to the standard place."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # header and body in one packet; two would meet Nagle's algorithm and cost 40 ms a call
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - the standard library's spelling

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Write nothing: the journal is the record."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, path, query, headers, self.rfile.read(length))
        if path == CONTROL or path.startswith(CONTROL + "/"):
            self._send(self._control(call))
            return
        simulator = self.server.simulator
        with simulator.lock:
            reply = simulator.limited(time.monotonic()) or simulator.serve(call)
        self._send(reply)

    def _control(self, call: Call) -> Reply:
        try:
            name = call.path.removeprefix(CONTROL).strip("/")
            return json_reply(self.server.simulator.control(call.method, name, call.json()))
        except (Refused, ValueError, TypeError, KeyError) as error:
            return json_reply({"error": str(error)}, 400)

    def _send(self, reply: Reply) -> None:
        if reply.delay_ms:
            time.sleep(reply.delay_ms / 1000)
        if reply.reset:
            # Linger of zero makes the kernel send RST, which is what a crashed server looks like.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        body = reply.body if reply.cut is None else reply.body[: reply.cut]
        step = max(1, reply.drip // 10) if reply.drip else len(body) or 1
        for start in range(0, len(body), step):
            if start:
                time.sleep(0.1)
            self.wfile.write(body[start : start + step])
            if reply.drip:
                self.wfile.flush()
        if reply.cut is not None:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Write the ``Date`` header by the simulated machine's own clock, which may be wrong (``skew`` seconds)."""
        skew = self.server.simulator.memory.get("skew", 0)
        now = SystemClock().now().timestamp() if timestamp is None else timestamp
        return super().date_time_string(now + skew)

    def version_string(self) -> str:
        """Name the simulator, not the interpreter."""
        return f"congkhai-simulator-{self.server.simulator.kind}"


def main(kind: type[Simulator], arguments: Sequence[str] | None = None) -> int:
    """Run one simulator as a process until SIGTERM, SIGINT or the end of stdin; return the exit code."""
    parser = argparse.ArgumentParser(description=kind.__doc__)
    parser.add_argument("--state", type=Path, help="folder that keeps everything; none: a temporary one")
    parser.add_argument("--scenario", type=Path, help="JSON file with what happens; none: invented from the seed")
    parser.add_argument("--seed", type=int, default=1, help="what the invented papers are drawn from")
    parser.add_argument("--papers", type=int, default=60, help="how many papers to invent")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: as last time, or any")
    parser.add_argument("--detached", action="store_true", help="go on when stdin ends")
    options = parser.parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if options.scenario is not None:
        scenario = load_scenario(options.scenario)
    else:
        scenario = parse_scenario(invented(kind.via, options.papers, options.seed))
    with contextlib.ExitStack() as stack:
        state = options.state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="congkhai-simulator-")))
        simulator = kind(state, scenario)
        if options.scenario is None and simulator.now < scenario.end:
            simulator.now = scenario.end  # nobody moves the clock of a simulator that is started by hand
        _serve(Running(simulator, options.port), over, detached=options.detached)
    return 0


def _serve(running: Running, over: threading.Event, *, detached: bool) -> None:
    sys.stdout.write(json.dumps(running.line) + "\n")
    sys.stdout.flush()
    if not detached:
        threading.Thread(target=_until_stdin_ends, args=(over,), daemon=True).start()
    over.wait()
    running.stop()


def _until_stdin_ends(over: threading.Event) -> None:
    # os.read and not sys.stdin: a daemon thread inside the buffered reader would hold its lock while Python shuts down.
    while True:
        try:
            if not os.read(0, 4096):
                break
        except OSError:
            break
    over.set()
