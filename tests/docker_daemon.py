"""The machine's Docker daemon, for tests marked `docker`: what they make in it is gone at the end."""

import io
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import NotFound
from docker.models.containers import Container

BASE = "python:3.13-slim"
"""An image with `/bin/sh` and `python3`."""
UNCLOSED = "ignore:unclosed:ResourceWarning"
"""For tests without a daemon: docker's library leaves open the Unix socket that it could not connect."""
WAITING = ("tail", "-f", "/dev/null")

SERVER = """
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
"""
"""A provider that answers with its environment as JSON, and logs what it is asked."""


def image_command(*words: str) -> str:
    """Write the line of a Dockerfile that says what an image starts."""
    return f"CMD {json.dumps(words)}"


@contextmanager
def daemon() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    try:
        yield client
    finally:
        client.close()


@contextmanager
def image(*lines: str, base: str = BASE) -> Iterator[str]:
    """Build an image with `lines` of a Dockerfile on top of `base`."""
    name = f"contract-gate-test-{secrets.token_hex(6)}:1"
    dockerfile = io.BytesIO("\n".join([f"FROM {base}", *lines]).encode())
    with daemon() as client:
        client.images.build(fileobj=dockerfile, tag=name, rm=True, forcerm=True)
        try:
            yield name
        finally:
            client.images.remove(name, force=True)


@contextmanager
def container(
    client: docker.DockerClient, *, started: bool = True, labels: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Container]:
    """Have a container that does nothing."""
    made = client.containers.create(BASE, list(WAITING), labels=dict(labels or {}), **options)
    try:
        if started:
            made.start()
        yield made
    finally:
        remove(client, str(made.id))


@contextmanager
def network(client: docker.DockerClient) -> Iterator[str]:
    """Have a network as the runner makes one for a job."""
    name = f"contract_gate_test_{secrets.token_hex(6)}"
    made = client.networks.create(name, driver="bridge")
    try:
        yield name
    finally:
        made.remove()


def exists(client: docker.DockerClient, name: str) -> bool:
    try:
        client.api.inspect_container(name)
    except NotFound:
        return False
    return True


def remove(client: docker.DockerClient, name: str) -> None:
    """Remove a container, if somebody else has not."""
    try:
        client.api.remove_container(name, force=True, v=True)
    except NotFound:
        return
