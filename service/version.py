"""Which version of the program this is."""

from importlib import metadata


def version() -> str:
    """Return the version of the installed program; of one that is not installed, that it runs from a checkout."""
    try:
        return metadata.version("causerie")
    except metadata.PackageNotFoundError:
        return "from a checkout"
