"""What `causerie check` finds, and how a line of it looks. Pure."""

from typing import Literal, NamedTuple

from settings.errors import one_line

State = Literal["ok", "look", "wrong"]


class Finding(NamedTuple):
    """One line: all is well; there is something to look at; or something does not work, and the text says what to do."""

    state: State
    about: str
    text: str

    @property
    def line(self) -> str:
        """The finding as a line of a terminal."""
        return f"{self.state:5}  {self.about:11}  {one_line(self.text)}"


def summary(findings: list[Finding]) -> str:
    """Return the last line."""
    wrong = sum(finding.state == "wrong" for finding in findings)
    look = sum(finding.state == "look" for finding in findings)
    if wrong:
        return f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong."
    return "All is well." if not look else f"Nothing is wrong; look at {'one line' if look == 1 else f'{look} lines'}."


def listed(names: list[str], most: int = 5) -> str:
    """Return some names for a sentence; the rest is a number."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
