"""What stands between the tests and a program: a server of their own on a free port of this machine."""

import socketserver
import threading


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """A client that is killed in the middle is no news here."""


class Loopback:
    """Listens within its `with` block; a handler finds it as `self.server.owner`."""

    def __init__(self, handler):
        self.lock = threading.Lock()
        self.listener = _Listener(("127.0.0.1", 0), handler)
        self.listener.owner = self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown()
        self.listener.server_close()
