"""A provider that is no bottleneck: nginx with one worker process, which gives every item the same answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from benchmarks.start_up import item

PATIENCE: Final = 10.0
CONFIGURATION: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  log_format tick .;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 '{{}}'; }}
    location /items/ {{ access_log {folder}/ticks tick; return 200 '{answer}'; }}
  }}
}}
"""
"""Two bytes are written for each interaction, and at once: a few microseconds. What a client asks beside them, such as
whether anybody is there, is not counted."""


@dataclass(slots=True, kw_only=True)
class Nginx:
    """A provider in processes of its own."""

    port: int
    folder: Path
    seen: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def is_there(self) -> bool:
        """Ask it something. It has a single worker: whatever was asked before is written down then."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            try:
                connection.request("GET", "/")
            except ConnectionRefusedError:
                return False
            return connection.getresponse().status == 200

    def taken(self) -> int:
        """Return how many interactions were asked for since the last call."""
        self.is_there()
        before, self.seen = self.seen, (self.folder / "ticks").stat().st_size // 2
        return self.seen - before


def program() -> str:
    """Find nginx."""
    found = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))
    return found or sys.exit("nginx is missing: apt-get install nginx-light")


@contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    """Run it, with its files in a folder of its own."""
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        running = Nginx(port=probe.getsockname()[1], folder=folder)
    configuration = folder / "nginx.conf"
    answer = json.dumps(item(1000, "another"))
    configuration.write_text(CONFIGURATION.format(folder=folder, port=running.port, answer=answer), encoding="utf-8")
    said = folder / "output.txt"
    with said.open("wb") as output:
        process = subprocess.Popen([program(), "-c", str(configuration)], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + PATIENCE
        while not running.is_there():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"nginx did not start: {said.read_text(encoding='utf-8', errors='replace')}")
            time.sleep(0.01)
        yield running
    finally:
        process.terminate()
        process.wait()
