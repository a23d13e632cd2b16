"""Whom a worker trusts.

The engine reads the store of certificate authorities anew for each interaction, although the provider speaks plain
HTTP: of 8 ms that one takes, 5.5 are that. So a worker that will meet no certificate gets a store of a single one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gate.ports import Target

NOBODY: Final = """\
-----BEGIN CERTIFICATE-----
MIIBLDCB06ADAgECAgEBMAoGCCqGSM49BAMCMCAxHjAcBgNVBAMMFUNvbnRyYWN0
IEdhdGU6IG5vYm9keTAeFw0yNjAxMDEwMDAwMDBaFw0yNjAxMDIwMDAwMDBaMCAx
HjAcBgNVBAMMFUNvbnRyYWN0IEdhdGU6IG5vYm9keTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABNqCUlWJJm7u6LY1ikGyDJtdaTk0w0p9Nz1dSpcuzj1j41+N/0Sl
p8EWw98bwDb6GAtiC/TUk3xy0SBsERtcOv8wCgYIKoZIzj0EAwIDSAAwRQIgEfaJ
PV+DGrw1NdPnaOxyjbiTMIP+pNJ6xrXisb1OkJACIQCZWVq2Pds6wHcdnvOke8m6
n/uvAUT5wztS8YrH5fpnmA==
-----END CERTIFICATE-----
"""
"""A certificate whose key was thrown away when it was made: nobody can sign anything in its name. An empty store would
be refused by the engine."""


def meets_no_certificate(targets: Sequence[Target]) -> bool:
    """Say whether all of a provider's addresses are plain HTTP."""
    urls = [url for one in targets for url in (one.url, one.states_url, one.messages_url) if url is not None]
    return all(url.startswith("http://") for url in urls)


def trusting_nobody(folder: Path) -> dict[str, str]:
    """Make a store of one certificate in `folder`, and return the variables that name it."""
    file, empty = folder / "nobody.pem", folder / "nobody"
    file.write_text(NOBODY, encoding="ascii")
    empty.mkdir(exist_ok=True)
    return {"SSL_CERT_FILE": str(file), "SSL_CERT_DIR": str(empty)}
