"""A bot that waits only a few seconds for a picture, for the test of what it says then."""

import sys

import cli
from models import image

if __name__ == "__main__":
    setattr(image, "DRAWING_S", 4.0)  # noqa: B010 it is a constant to everybody else
    sys.exit(cli.main())
