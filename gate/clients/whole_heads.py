"""Connections that take an answer for one only when its head is whole, and read nothing that nobody asked for.

The standard library takes a head that was cut off half-way for an answer without a body: a provider state would count
as set up of which nobody knows. Of interim answers (`100 Continue`) it reads any number, and `requests` reads all that
a redirect says besides.
"""

import io
from http.client import HTTPException, HTTPResponse, RemoteDisconnected
from typing import Any, Final, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager

LONGEST: Final = 1000
"""Lines of a head, of the interim ones before it too. Of a single one the library reads 100 headers."""


class _Head:
    """What a head is read from, a line at a time."""

    def __init__(self, rest: io.BufferedReader) -> None:
        self._rest = rest
        self._lines = 0

    def readline(self, limit: int) -> bytes:
        line = self._rest.readline(limit)
        self._lines += 1
        if self._lines > LONGEST:
            message = f"got more than {LONGEST} lines before an answer"
            raise HTTPException(message)
        if not line and self._lines > 1:
            message = "the connection was closed half-way through the head of the answer"
            raise RemoteDisconnected(message)
        return line

    def close(self) -> None:
        """Called where the first line says that this is not HTTP."""
        self._rest.close()


class _Response(HTTPResponse):
    def begin(self) -> None:
        whole = self.fp
        self.fp = cast("io.BufferedReader", _Head(whole))
        try:
            super().begin()
        finally:
            self.fp = self.fp and whole  # type: ignore[truthy-bool] # it is None once it is closed


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the library's own
        super().init_poolmanager(*arguments, **options)
        _use_pools(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> PoolManager:  # noqa: ANN401 - the library's own
        return _use_pools(super().proxy_manager_for(*arguments, **options))


def _use_pools(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


class Session(requests.Session):
    """A session of the library's, over such connections."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Find where an answer leads to. Its body is left alone: the library would read it, however large it is."""
        target = super().get_redirect_target(resp)
        if target is not None:
            resp._content = b""  # noqa: SLF001 - nothing is left to be read
            resp.close()
        return target
