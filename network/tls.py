"""The TLS settings of every encrypted connection, to Discord and to the models' server.

The certificate authorities that this machine trusts are trusted. `SSL_CERT_FILE` (a file) and `SSL_CERT_DIR` (folders) name
others instead; OpenSSL reads both variables from the process's environment, and says nothing when they are wrong.
"""

import os
import re
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_CHARS_MAX: Final = 150
"""What is quoted of a path that is none; enough to find it."""


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of the process. It is shared because reading the authorities takes 30 ms and a megabyte.

    :raises OSError: `SSLKEYLOGFILE` names a file that cannot be written
    """
    return ssl.create_default_context()


def use_authorities(certificates: Mapping[str, str]) -> None:
    """Have OpenSSL trust what these variables name. An empty one would make it trust nobody, so it is removed.

    :raises ValueError: a sentence about `SSLKEYLOGFILE`
    """
    for name, value in certificates.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
    try:
        tls_context()
    except OSError as error:
        keys = os.environ.get("SSLKEYLOGFILE", "")
        raise ValueError(f"SSLKEYLOGFILE is '{keys}', which cannot be written ({error.strerror})") from error


def check_authorities(env: Mapping[str, str]) -> None:
    """Look at the files that the variables name as OpenSSL will.

    :raises ValueError: a sentence with the variable, its value and the cause
    """
    file = env.get("SSL_CERT_FILE", "")
    if file:
        try:
            _load(Path(file))
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or error
            raise ValueError(
                f"SSL_CERT_FILE is '{file[:_CHARS_MAX]}', which holds no certificates that can be read ({cause})"
            ) from error
    folders = env.get("SSL_CERT_DIR", "")
    for folder in folders.split(":") if folders else ():
        try:
            names = [path.name for path in Path(folder).iterdir()]
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or error
            raise ValueError(
                f"SSL_CERT_DIR is '{folders[:_CHARS_MAX]}', and '{folder[:_CHARS_MAX]}' cannot be read ({cause})"
            ) from error
        # OpenSSL looks for a certificate by the hash of its subject, and reads no other names.
        if not any(re.fullmatch(r"[0-9a-f]{8}\.\d+", name) for name in names):
            raise ValueError(
                f"SSL_CERT_DIR is '{folders[:_CHARS_MAX]}', and '{folder[:_CHARS_MAX]}' holds no certificate under a name that OpenSSL looks for"
                f" (run: openssl rehash {folder})"
            )


def _load(file: Path) -> None:
    if not file.is_file():
        file.stat()  # says what is missing
        raise ValueError("it is not a file")
    # Of the error of an unreadable file OpenSSL says less than Python.
    file.open("rb").close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise ValueError("it is not in PEM format") from error
