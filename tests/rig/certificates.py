"""An authority of the tests' own and a certificate of its, made anew for each test by the program `openssl`."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

NAMES: Final = ("discord.test", "model.test", "localhost")
"""Hosts that the certificate is for; `.test` leads nowhere (RFC 6761)."""

_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


class Certificates(NamedTuple):
    """`authority` is what a client has to trust; `server` is how a server shows who it is."""

    authority: Path
    server: ssl.SSLContext


def make_certificates(folder: Path) -> Certificates:
    """Make them in a folder."""
    if shutil.which("openssl") is None:
        raise RuntimeError("The tests of encrypted connections need the program openssl.")
    authority, key, certificate = folder / "authority.pem", folder / "key.pem", folder / "certificate.pem"
    authority_key = folder / "authority-key.pem"
    _openssl("req", "-x509", *_KEY, "-subj", "/CN=tests", "-keyout", authority_key, "-out", authority)
    names = ",".join([*(f"DNS:{name}" for name in NAMES), "IP:127.0.0.1"])
    _openssl(
        *("req", "-x509", *_KEY, "-subj", "/CN=discord.test", "-keyout", key, "-out", certificate),
        *("-CA", authority, "-CAkey", authority_key, "-addext", f"subjectAltName={names}"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return Certificates(authority, server)


def _openssl(*arguments: Any) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)  # noqa: S607 wherever it is
