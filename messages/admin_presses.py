"""What the buttons and the menu of `/causerie` say, the panel of whoever runs the bot."""

from typing import Literal

from msgspec import Struct

from messages.pressed import Count, Page

AdminTab = Literal["now", "paused", "models", "budgets", "access"]
"""The tabs of `/causerie`."""


class OpenAdmin(Struct, frozen=True, array_like=True, tag="admin"):
    """The tabs of `/causerie`: show the first page of one."""

    tab: AdminTab


class TurnAdmin(Struct, frozen=True, array_like=True, tag="admin_page"):
    """The buttons *Previous* and *Next* of `/causerie`."""

    tab: AdminTab
    page: Page


class RefreshAdmin(Struct, frozen=True, array_like=True, tag="admin_now"):
    """The button *Refresh* of `/causerie`: shows the same page as it is now."""

    tab: AdminTab
    page: Page


class Reload(Struct, frozen=True, array_like=True, tag="reload"):
    """The button *Reload* of `/causerie`: has the settings read again, and redraws the same page."""

    tab: AdminTab
    page: Page


class Resume(Struct, frozen=True, array_like=True, tag="resume"):
    """The button *Resume*: ends one parking of a session. `parking` is `Paused.parking`, which names no session."""

    parking: Count
    page: Page


class TryModel(Struct, frozen=True, array_like=True, tag="try"):
    """The menu of circuit breakers that are open; the chosen value is one that the menu offered."""

    page: Page


AdminPress = OpenAdmin | TurnAdmin | RefreshAdmin | Reload | Resume | TryModel
"""What can be pressed on `/causerie`. It concerns whoever runs the bot."""
