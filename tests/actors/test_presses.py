"""What a button says, and what only looks like it."""

import random
import string
from typing import get_args

import msgspec
import pytest

from actors import presses
from messages.ids import TurnId
from messages.panel import ChooseStatus, Continue, Press, Retry, Status, Stop

LARGEST = TurnId(2**63 - 1)
PRESSES: tuple[Press, ...] = (
    *(ChooseStatus(status=status) for status in get_args(Status)),
    *(kind(turn=turn) for kind in (Stop, Retry, Continue) for turn in (TurnId(1), LARGEST)),
)


def test_every_press_is_what_was_encoded() -> None:
    """Every kind of press, within Discord's 100 characters."""
    assert {type(press) for press in PRESSES} == set(get_args(Press))
    for press in PRESSES:
        custom_id = presses.encode(press)
        assert 1 <= len(custom_id) <= 100
        assert presses.decode(custom_id) == press


@pytest.mark.parametrize(
    "forged",
    [
        "", "1", "1null", "1[]", "1{}", '1["stop"]', '0["stop",1]', '["stop",1]', '2["stop",1]', '11["stop",1]',
        '1["stop",1,2]', '1["stop","1"]', '1["stop",1.0]', '1["stop",1e2]', '1["stop",true]', '1["stop",null]',
        '1["stop",0]', '1["stop",-1]', '1["stop",9223372036854775808]', '1["stop",' + "9" * 80 + "]",
        '1["stop",01]', '1["stop", 1]', '1["stop",1] ', '1["stop",1]x', '1["Stop",1]', '1["st\\u006fp",1]',
        '1["remove",1]', '1["status","owner"]', '1["status",1]', '1["status"]', '1["status","new","new"]',
        '1["stop",1]' + " " * 90, "1" + "[" * 99, "x" * 5000, "\ud800", '1["stop\ud800",1]', '1["stop",1]\x00', '１["stop",1]',
    ],
)  # fmt: skip
def test_a_forged_press_is_none(forged: str) -> None:
    """Wrong types, further fields, ids that no row has, second spellings, other versions: nothing is raised."""
    assert presses.decode(forged) is None


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
