"""The two errors that end the process with one line for the operator."""


class ConfigurationError(Exception):
    """A setting is wrong. The text is one line with the setting, what is wrong with it, and the remedy. It holds no secret."""


class UnreachableError(Exception):
    """Something outside the process does not work now; a later start may succeed. The text is one line for the operator."""
