"""A cable between a node and its database that can be cut and mended: a small TCP proxy on the loopback address."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Cable:
    """
    Carries bytes between a TCP port of its own and the server's Unix socket.

    `cut` is what a broken network looks like after the server's keep-alive has given up: the server has ended the
    sessions, the node hears nothing at all, and whoever connects anew waits. `mend` lets new connections through and
    resets the old ones.
    """

    def __init__(self, server: str) -> None:
        """Listen; `server` is the path of the Unix socket."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._whole = threading.Event()
        self._whole.set()
        self._ended = False
        self._pairs: list[tuple[socket.socket, socket.socket | None]] = []
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        """Let nothing through any more."""
        with self._lock:
            self._whole.clear()
            for _client, upstream in self._pairs:
                _end(upstream)

    def mend(self) -> None:
        """Reset what hung, and carry new connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
            for client, upstream in pairs:
                _end(upstream)
                _end(client)
            self._whole.set()

    def close(self) -> None:
        """End everything."""
        self._ended = True
        self.mend()
        with suppress(OSError):  # wakes the thread that waits for a connection
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        self.mend()

    def _accept(self) -> None:
        while not self._ended:
            client, _address = self._listener.accept()
            if self._ended:
                client.close()
                return
            with self._lock:
                if not self._whole.is_set():
                    self._pairs.append((client, None))  # it was accepted by nobody, so to say: silence
                    continue
                upstream = socket.socket(socket.AF_UNIX)
                try:
                    upstream.connect(self._server)
                except OSError:  # the server is down: refused
                    _end(client)
                    upstream.close()
                    continue
                self._pairs.append((client, upstream))
            for source, target in ((client, upstream), (upstream, client)):
                thread = threading.Thread(target=self._carry, args=(source, target, client), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self._whole.is_set():
                    return
                target.sendall(data)
        if self._whole.is_set() and not self._ended:  # one end hung up: so does the other
            _end(target)
            _end(source)


def _end(one: socket.socket | None) -> None:
    if one is not None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def cable(server: str) -> Iterator[Cable]:
    """Lay a cable for the time of the block."""
    one = Cable(server)
    try:
        yield one
    finally:
        one.close()
