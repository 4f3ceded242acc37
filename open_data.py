"""The data, opened before anything that takes long to load: a process that may not have it ends at once."""

from settings import Misconfigured, Settings, Unreachable
from storage.sqlite import SqliteStore, open_store
from storage.store import AlreadyRunning, NotOurDatabase, StorageFailed, TooNewDatabase


def open_data(settings: Settings) -> SqliteStore:
    """Open `causerie.db` and own it until it is closed or the process ends.

    :raises Misconfigured: another process has it, it is not ours, or the folder cannot be used
    :raises Unreachable: nothing can be stored at the moment
    """
    try:
        return open_store(settings.data / "causerie.db", settings.limits)
    except (AlreadyRunning, NotOurDatabase, TooNewDatabase) as error:
        raise Misconfigured(str(error)) from error
    except StorageFailed as error:
        raise Unreachable(f"CAUSERIE_DATA is '{settings.data}', where nothing can be stored: {error}.") from error
    except OSError as error:
        raise Misconfigured(
            f"CAUSERIE_DATA is '{settings.data}', which cannot be used ({error.strerror}). "
            "Name a folder that the bot may write to."
        ) from error
