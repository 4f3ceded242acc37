"""What a button says, and what only looks like it."""

import random
import string
from itertools import product
from typing import Any, get_args

import msgspec
import pytest

from messages import custom_id as presses
from messages.admin_presses import AdminTab
from messages.choices import Setting
from messages.presses import Press, Status

LARGEST = 2**63 - 1
VALUES: dict[str, tuple[Any, ...]] = {
    "status": get_args(Status),
    "tab": get_args(AdminTab),
    "parking": (0, LARGEST),
    "page": (0, 10_000),
    "to": ("new", "activate"),
    "on": (False, True),
    "public": (False, True),
    "session": (1, LARGEST),
    "newest": (1, LARGEST),
    "confirmed": (0, LARGEST),
    "setting": get_args(Setting),
    "turn": (1, LARGEST),
    "note": (1, LARGEST),
    "form": (1, LARGEST),
}
PRESSES: tuple[Press, ...] = tuple(
    kind(*values)
    for kind in get_args(Press)
    for values in product(*(VALUES[field] for field in kind.__struct_fields__))
)


def test_every_press_is_what_was_encoded() -> None:
    """Every kind of press with every extreme value, within Discord's 100 characters."""
    assert {type(press) for press in PRESSES} == set(get_args(Press))
    for press in PRESSES:
        custom_id = presses.encode(press)
        assert 1 <= len(custom_id) <= 100
        assert presses.decode(custom_id) == press
    assert len({presses.encode(press) for press in PRESSES}) == len(PRESSES)


@pytest.mark.parametrize(
    "forged",
    [
        '1["admin"]', '1["admin","all"]', '1["admin","now",0]', '1["admin_page","now",-1]', '1["admin_now","models"]',
        '1["resume",-1,0]', '1["resume",1]', '1["resume",1.5,0]', '1["resume",9223372036854775808,0]', '1["try",-1]', '1["try"]',
        "", "1", "1null", "1[]", "1{}", '1["stop"]', '0["stop",1]', '["stop",1]', '2["stop",1]', '11["stop",1]',
        '1["stop",1,2]', '1["stop","1"]', '1["stop",1.0]', '1["stop",1e2]', '1["stop",true]', '1["stop",null]',
        '1["stop",0]', '1["stop",-1]', '1["stop",9223372036854775808]', '1["stop",' + "9" * 80 + "]",
        '1["stop",01]', '1["stop", 1]', '1["stop",1] ', '1["stop",1]x', '1["Stop",1]', '1["st\\u006fp",1]',
        '1["remove",0]', '1["remove",-1]', '1["remove",9223372036854775808]', '1["remove"]', '1["remove",1,1]',
        '1["remove",1]1["remove",1]', '1["clear",0]', '1["clear",-5]', '1["clear"]', '1["clear?",1]', '1["clear?"',
        '1["public",1]', '1["public",0,true]', '1["public",1,1]', '1["public",1,"true"]', '1["public",1,true', '1["public",1,true]', '1["public",1,true,-1]',
        '1["status","owner",0]', '1["status",1,0]', '1["status","new"]', '1["status","new","new"]', '1["status","new",-1]',
        '1["status","new",10001]', '1["on","disable"]', '1["on"]', '1["on","new",0]', '1["attach",1,0]', '1["attach",true,-1]', '1["attach",true,10001]', '1["attach",true]',
        '1["user",-1]', '1["user",10001]', '1["user",1.5]', '1["sessions",-1]', '1["model",10001]', '1["edit_user",-1]',
        '1["edit_session",0]', '1["setting",0,"size"]', '1["setting",1,"model"]', '1["setting",1]', '1["session_model",0]', '1["export",9223372036854775808]', '1["session",0]',
        '1["nobody",1]', '1["stop",1]' + " " * 90, "1" + "[" * 99, "x" * 5000, "\ud800", '1["stop\ud800",1]',
        '1["stop",1]\x00', '１["stop",1]',
    ],
)  # fmt: skip
def test_a_forged_press_is_none(forged: str) -> None:
    """Wrong types, further fields, ids that no row has, pages that nobody has, second spellings: nothing is raised."""
    assert presses.decode(forged) is None


def test_a_press_that_lacks_its_end_is_none() -> None:
    """Whichever press, wherever it is cut."""
    for press in PRESSES:
        custom_id = presses.encode(press)
        assert all(presses.decode(custom_id[:end]) is None for end in range(len(custom_id)))


def test_no_change_to_a_press_makes_another_spelling_of_it() -> None:
    """Seeded forgeries: whatever is decoded is spelled as it would be encoded, and nothing is raised."""
    rng = random.Random(2)
    alphabet = string.printable + "é\u202e\ud800\U0001f600"
    for _ in range(20_000):
        forged = list(presses.encode(rng.choice(PRESSES)))
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(forged) + 1)
            forged[place : place + rng.randint(0, 2)] = rng.choices(alphabet, k=rng.randint(0, 2))
        custom_id = "".join(forged)
        press = presses.decode(custom_id)
        assert press is None or presses.encode(press) == custom_id
        if press is not None:
            assert msgspec.json.decode(custom_id[1:], type=Press) == press
