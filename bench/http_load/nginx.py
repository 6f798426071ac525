"""nginx with one process and the answers that Hourglass gives, as a measure of what HTTP costs on this machine."""

import shutil
import socket
import subprocess
import time

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /analytics {{
      if ($request_method = POST) {{ return 204; }}
      default_type text/plain;
      return 200 "unique_users,500000\\nclicks,1000000\\nimpressions,1000000\\n";
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """One run of nginx in a folder of its own."""

    name = "nginx"

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None

    @staticmethod
    def is_installed():
        return Nginx._binary() is not None

    @staticmethod
    def _binary():
        return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

    def start(self):
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=self.port), encoding="utf-8")
        self.process = subprocess.Popen([self._binary(), "-p", self.folder, "-c", configuration, "-e", self.folder / "error.log"])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise RuntimeError(f"nginx does not answer: {(self.folder / 'error.log').read_text(encoding='utf-8')}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait()
