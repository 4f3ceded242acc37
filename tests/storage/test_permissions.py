"""The operator's lists: who is admitted, and where."""

from itertools import product
from typing import Any

import pytest

from messages.ids import ChannelId, GuildId, RoleId, UserId
from storage.permissions import Lists, Permissions

ALICE, BOB = UserId(1 << 63), UserId(7)
SERVER, OTHER_SERVER = GuildId(100), GuildId(101)
CATEGORY, CHANNEL, THREAD, OTHER_CHANNEL = ChannelId(200), ChannelId(201), ChannelId(202), ChannelId(203)
ROLE, OTHER_ROLE = RoleId(300), RoleId(301)


def lists(**ids: int) -> Lists:
    """Return lists with one id on each list that is named."""
    named: dict[str, Any] = {name: frozenset({value}) for name, value in ids.items()}
    return Lists(**named)


def alice(permissions: Permissions, *, direct: bool = False, roles: tuple[RoleId, ...] | None = (ROLE,)) -> bool:
    """Return whether Alice, who has the role, is answered in the thread, or by direct message."""
    if direct:
        return permissions.admits(user=ALICE, guild=None, channels=(ChannelId(400),), roles=None)
    return permissions.admits(user=ALICE, guild=SERVER, channels=(THREAD, CHANNEL, CATEGORY), roles=roles)


def test_defaults_admit_everybody_everywhere() -> None:
    """Without lists everybody is admitted everywhere."""
    nobody = Permissions()
    assert alice(nobody)
    assert alice(nobody, roles=None)
    assert alice(nobody, direct=True)
    assert not nobody.is_admin(ALICE)
    assert not nobody.needs_roles


@pytest.mark.parametrize(
    ("allow", "in_server", "in_direct"),
    [
        ({}, True, True),
        # people
        ({"users": ALICE}, True, True),
        ({"users": BOB}, False, False),
        ({"roles": ROLE}, True, False),
        ({"roles": OTHER_ROLE}, False, False),
        ({"users": BOB, "roles": ROLE}, True, False),
        ({"users": ALICE, "roles": OTHER_ROLE}, True, True),
        ({"users": BOB, "roles": OTHER_ROLE}, False, False),
        # places
        ({"servers": SERVER}, True, True),
        ({"servers": OTHER_SERVER}, False, True),
        ({"channels": THREAD}, True, True),
        ({"channels": CHANNEL}, True, True),
        ({"channels": CATEGORY}, True, True),
        ({"channels": OTHER_CHANNEL}, False, True),
        ({"servers": OTHER_SERVER, "channels": CHANNEL}, True, True),
        ({"servers": SERVER, "channels": OTHER_CHANNEL}, True, True),
        ({"servers": OTHER_SERVER, "channels": OTHER_CHANNEL}, False, True),
        # both questions are asked
        ({"users": ALICE, "servers": OTHER_SERVER}, False, True),
        ({"users": BOB, "servers": SERVER}, False, False),
        ({"roles": ROLE, "channels": CHANNEL}, True, False),
    ],
)
def test_an_allow_list_admits_only_what_is_on_it(allow: dict[str, int], in_server: bool, in_direct: bool) -> None:
    """One match among users and roles is enough, and one among servers and channels; lists of places do not apply to direct messages."""
    permissions = Permissions(allow=lists(**allow))
    assert (alice(permissions), alice(permissions, direct=True)) == (in_server, in_direct)


@pytest.mark.parametrize(
    ("block", "in_server", "in_direct"),
    [
        ({"users": ALICE}, False, False),
        ({"users": BOB}, True, True),
        ({"roles": ROLE}, False, True),
        ({"roles": OTHER_ROLE}, True, True),
        ({"servers": SERVER}, False, True),
        ({"servers": OTHER_SERVER}, True, True),
        ({"channels": THREAD}, False, True),
        ({"channels": CHANNEL}, False, True),
        ({"channels": CATEGORY}, False, True),
        ({"channels": OTHER_CHANNEL}, True, True),
    ],
)
def test_what_is_blocked_is_never_admitted(block: dict[str, int], in_server: bool, in_direct: bool) -> None:
    """A blocked id is refused, although every allow list names it."""
    everything = lists(users=ALICE, roles=ROLE, servers=SERVER, channels=CHANNEL)
    for allow in (Lists(), everything):
        permissions = Permissions(allow=allow, block=lists(**block))
        assert (alice(permissions), alice(permissions, direct=True)) == (in_server, in_direct)


def test_whose_roles_are_not_known_is_not_admitted_where_roles_decide() -> None:
    """Not known is not the same as none: one of them may be blocked. Direct messages have no roles."""
    allowed, blocked = Permissions(allow=lists(roles=ROLE)), Permissions(block=lists(roles=ROLE))
    assert [alice(allowed, roles=roles) for roles in ((), None)] == [False, False]
    assert [alice(blocked, roles=roles) for roles in ((), None)] == [True, False]
    assert alice(blocked, direct=True)
    assert alice(Permissions(block=lists(users=BOB)), roles=None)


def test_direct_messages_can_be_closed_on_their_own() -> None:
    """With direct messages switched off, an allowed user is refused there and admitted in servers."""
    closed = Permissions(direct_messages=False, allow=lists(users=ALICE))
    assert alice(closed)
    assert not alice(closed, direct=True)


def test_admins_are_always_admitted() -> None:
    """Admins are admitted whatever the lists say, and nobody else is."""
    everything = lists(users=ALICE, roles=ROLE, servers=SERVER, channels=CHANNEL)
    nothing = lists(users=BOB, roles=OTHER_ROLE, servers=OTHER_SERVER, channels=OTHER_CHANNEL)
    hers = Permissions(admins=frozenset({ALICE}), direct_messages=False, allow=nothing, block=everything)
    assert alice(hers)
    assert alice(hers, direct=True)
    assert hers.is_admin(ALICE)
    his = Permissions(admins=frozenset({BOB}), direct_messages=False, allow=nothing, block=everything)
    assert not alice(his)
    assert not alice(his, direct=True)
    assert not his.is_admin(ALICE)


@pytest.mark.parametrize(
    ("lists_", "needed"),
    [({"roles": ROLE}, True), ({"users": ALICE, "servers": SERVER, "channels": CHANNEL}, False), ({}, False)],
)
def test_roles_are_needed_only_where_a_list_names_one(lists_: dict[str, int], needed: bool) -> None:
    """Roles are needed only when a list has roles, because asking Discord for them costs a request."""
    assert Permissions(allow=lists(**lists_)).needs_roles is needed
    assert Permissions(block=lists(**lists_)).needs_roles is needed


CHOICES = {
    "users": (None, ALICE, BOB),
    "roles": (None, ROLE, OTHER_ROLE),
    "servers": (None, SERVER, OTHER_SERVER),
    "channels": (None, CATEGORY, OTHER_CHANNEL),
}


def test_every_combination_of_lists_follows_the_rule() -> None:
    """All 52,488 combinations agree with the rule as the operator's page states it."""
    combinations = [
        {name: value for name, value in zip(CHOICES, values, strict=True) if value is not None}
        for values in product(*CHOICES.values())
    ]
    wrong = []
    for allow, block in product(combinations, repeat=2):
        allowing, blocking = lists(**allow), lists(**block)
        for direct, open_, admin in product((False, True), repeat=3):
            person = {"users": ALICE} if direct else {"users": ALICE, "roles": ROLE}
            place = {} if direct else {"servers": SERVER, "channels": CATEGORY}
            blocked = any(block.get(name) == value for name, value in (person | place).items())
            people = any(person.get(name) == allow[name] for name in ("users", "roles") if name in allow)
            places = any(place.get(name) == allow[name] for name in ("servers", "channels") if name in allow)
            expected = admin or (
                not blocked
                and (people or not allow.keys() & {"users", "roles"})
                and (open_ if direct else places or not allow.keys() & {"servers", "channels"})
            )
            permissions = Permissions(
                admins=frozenset({ALICE} if admin else {BOB}),
                direct_messages=open_,
                allow=allowing,
                block=blocking,
            )
            if alice(permissions, direct=direct) != expected:
                wrong.append((allow, block, direct, open_, admin))
    assert not wrong
