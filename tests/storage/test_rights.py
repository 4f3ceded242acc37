"""Who may do what: every action, by everybody, on every kind of session, through the verbs that act."""

import itertools
from collections.abc import Callable
from typing import Final, get_args

import pytest

from messages.choices import Choices
from messages.ids import NOBODY, GuildId, MessageId, SessionId, UserId
from messages.turn import StopTurn
from messages.verbs.acceptance import Accepted, AcceptMessage, Refused
from messages.verbs.cancellations import CancelTurn
from messages.verbs.retries import RetryTurn
from messages.verbs.sessions import Dialogue, ReadDialogue, RemoveSession, SessionShown, SetSession
from messages.verbs.turns import ReadReasoning, Reasoning
from messages.verbs.users import ClearSessions, FindSessions, GoOnWith, SessionChosen, SessionsRemoved, SetUser
from storage.limits import Limits
from storage.permissions import Permissions
from storage.rights import Action, Subject, may
from storage.sqlite import SqliteStore
from tests.storage.people import ALICE, BOB, GUILD, NOW_S, accept, by, finish, posted, set_status, shown, store, take

ELSEWHERE = GuildId(3002)
CAROL, DAVE, ERIN, ADMIN, BOT = UserId(1003), UserId(1004), UserId(1005), UserId(1006), UserId(1007)

ACTORS: Final[dict[str, tuple[UserId, GuildId | None]]] = {
    "owner": (ALICE, GUILD),
    "owner in direct messages": (ALICE, None),
    "owner in another server": (ALICE, ELSEWHERE),
    "asker": (BOB, GUILD),
    "asker in direct messages": (BOB, None),
    "other member": (CAROL, GUILD),
    "stranger from another server": (DAVE, ELSEWHERE),
    "somebody who has left": (ERIN, None),
    "admin": (ADMIN, GUILD),
    "admin from another server": (ADMIN, ELSEWHERE),
    "bot": (BOT, GUILD),
}
"""Actors with the place where they act. Somebody who has left a server can act anywhere but there."""

VISIBILITIES = ("private", "public", "removed")
OWNERS = (
    "see_system_msg",
    "rename",
    "instruct",
    "choose_model",
    "choose_effort",
    "choose_size",
    "choose_quality",
    "make_public",
    "make_private",
    "remove",
)


def expected(actor: str, action: Action, visibility: str) -> bool:
    """Return what the rule allows, written a second time and independently."""
    if visibility == "removed":
        return False
    if actor.startswith("owner"):
        return True
    if action in OWNERS:
        return False
    inside = visibility == "public" and ACTORS[actor][1] == GUILD
    if action == "stop":
        return actor.startswith("asker")
    if action in ("retry", "continue"):
        return inside and actor == "asker"
    return inside


@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("actor", ACTORS)
def test_the_rule(actor: str, action: Action, visibility: str) -> None:
    """The pure function, for each of 11 actors, each action and each visibility."""
    who, where = ACTORS[actor]
    session = Subject(
        creator=ALICE, origin_guild=GUILD, is_public=visibility == "public", is_removed=visibility == "removed"
    )
    assert may(who, action, session, where, asker=BOB) == expected(actor, action, visibility)


@pytest.mark.parametrize("actor", ACTORS)
def test_what_may_quote_a_system_message_is_its_owners(actor: str) -> None:
    """Whoever may see a public session with a system message reads no reasoning in it, not even about their own question."""
    who, where = ACTORS[actor]
    session = Subject(creator=ALICE, origin_guild=GUILD, is_public=True, is_instructed=True)
    assert may(who, "see_reasoning", session, where, asker=BOB) == (who == ALICE)


def expected_in_shared(actor: str, action: Action, *, public: bool, is_open: bool) -> bool:
    """Return what the rule allows in the session of a shared channel, written a second time and independently."""
    who, where = ACTORS[actor]
    here, admin = where == GUILD, who == ADMIN
    if action == "stop":
        return admin or who == BOB
    if action in ("see_system_msg", "remove"):
        return here and admin
    if action in ("see", "export", "see_reasoning"):
        return here and (public or admin)
    if action == "speak":
        return here and is_open
    return action in ("retry", "continue") and here and is_open and who == BOB


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("actor", ACTORS)
def test_the_rule_for_the_session_of_a_shared_channel(actor: str, action: Action, is_open: bool, public: bool) -> None:
    """Nobody owns it: who runs the bot may read and remove it there, and the file says what it is."""
    who, where = ACTORS[actor]
    session = Subject(
        creator=NOBODY,
        origin_guild=GUILD,
        is_public=public,
        shared="open" if is_open else "closed",
        admins=frozenset({ADMIN}),
    )
    assert may(who, action, session, where, asker=BOB) == expected_in_shared(
        actor, action, public=public, is_open=is_open
    )


def test_of_what_does_not_exist_nobody_may_anything() -> None:
    """A removed session allows nothing, so it cannot be told apart from one that never existed."""
    assert not any(may(ALICE, action, None, GUILD, asker=ALICE) for action in get_args(Action))


def test_a_public_session_that_began_in_direct_messages_is_open_to_nobody() -> None:
    """A public session without a server is open to nobody but its owner, also in direct messages."""
    session = Subject(creator=ALICE, origin_guild=None, is_public=True)
    assert not any(may(BOB, action, session, None) for action in ("see", "speak", "export"))


class Stage:
    """Make a session of Alice's in which Bob's turn streams."""

    def __init__(self, visibility: str) -> None:
        self.rows: SqliteStore = store(
            Limits(
                default_model="test-model",
                questions_per_minute=1000,
                permissions=Permissions(admins=frozenset({ADMIN})),
            )
        )
        set_status(self.rows, "new")
        self.session: SessionId = accept(self.rows, 0).session
        finish(self.rows, take(self.rows, self.session))
        self.sql("UPDATE session SET is_public = 1, title = 'The title', title_is_given = 1")
        for user, _ in ACTORS.values():
            set_status(self.rows, "activate", user=user, number=0)
        self.sql("UPDATE user SET current_session = ?, show_public = 1", self.session)
        self.asked = accept(self.rows, 1, author=BOB)
        self.streaming = take(self.rows, self.session)
        self.message = shown(self.rows, self.asked.turn)
        if visibility != "public":
            self.sql("UPDATE session SET is_public = 0, is_removed = ?", int(visibility == "removed"))

    def sql(self, statement: str, *values: object) -> None:
        self.rows._connection.execute(statement, values)


def _speak(stage: Stage, who: UserId, where: GuildId | None, *, reply_to: MessageId | None) -> bool:
    message = posted(10, author=who, guild=where, by_person=who != BOT, reply_to=reply_to)
    answer = stage.rows.perform(AcceptMessage(posted=message, now_s=NOW_S + 1))
    if isinstance(answer, Refused):
        assert answer.outcome.reason == "session_closed"
        assert answer.outcome.session is None
    return isinstance(answer, Accepted)


def _listed(stage: Stage, who: UserId, where: GuildId | None) -> bool:
    user = stage.rows.perform(SetUser(by=by(who, 10, guild=where), now_s=NOW_S))
    assert (user.current is not None) == bool(user.listed) or who == ALICE
    return any(one.session == stage.session for one in user.listed)


def _change(**changes: object) -> Callable[[Stage, UserId, GuildId | None], bool]:
    def deed(stage: Stage, who: UserId, where: GuildId | None) -> bool:
        before = _session_rows(stage)
        answer = stage.rows.perform(
            SetSession(by=by(who, 10, guild=where), now_s=NOW_S + 9, session=stage.session, **changes)  # type: ignore[arg-type]
        )
        changed = isinstance(answer, SessionShown)
        assert (_session_rows(stage) != before) == changed
        return changed

    return deed


def _session_rows(stage: Stage) -> list[tuple[object, ...]]:
    return [tuple(row) for row in stage.rows._connection.execute("SELECT * FROM session")]


def _sees_system_msg(stage: Stage, who: UserId, where: GuildId | None) -> bool:
    answer = stage.rows.perform(SetSession(by=by(who, 10, guild=where), now_s=NOW_S, session=stage.session))
    return isinstance(answer, SessionShown) and answer.system_msg is not None


def _press(kind: str) -> Callable[[Stage, UserId, GuildId | None], bool]:
    def deed(stage: Stage, who: UserId, where: GuildId | None) -> bool:
        turn, message, pressing = stage.asked.turn, stage.message, by(who, 10, guild=where)
        if kind == "stop":
            return isinstance(stage.rows.perform(CancelTurn(actor=who, turn=turn, message_id=message)), StopTurn)
        finish(stage.rows, stage.streaming, ending="interrupted", reason="stopped")
        if kind == "continue":
            stage.sql("UPDATE utterance SET cut = 1")
        answer = stage.rows.perform(
            RetryTurn(
                interaction_id=pressing.interaction_id,
                actor=who,
                turn=turn,
                kind="retry" if kind == "retry" else "continue",
                channel_id=pressing.channel_id,
                guild_id=where,
                message_id=message,
                now_s=NOW_S,
            )
        )
        return isinstance(answer, Accepted)

    return deed


def _verb(verb: Callable[..., object], wanted: type) -> Callable[[Stage, UserId, GuildId | None], bool]:
    def deed(stage: Stage, who: UserId, where: GuildId | None) -> bool:
        return isinstance(stage.rows.perform(verb(stage, by(who, 10, guild=where))), wanted)  # type: ignore[arg-type]

    return deed


DEEDS: Final[dict[str, tuple[Action, Callable[[Stage, UserId, GuildId | None], bool]]]] = {
    "show": ("see", _verb(lambda s, b: SetSession(by=b, now_s=NOW_S, session=s.session), SessionShown)),
    "show the current one": ("see", _verb(lambda _, b: SetSession(by=b, now_s=NOW_S), SessionShown)),
    "show by its title": ("see", _verb(lambda _, b: SetSession(by=b, now_s=NOW_S, typed="the title"), SessionShown)),
    "show by its id": ("see", _verb(lambda s, b: SetSession(by=b, now_s=NOW_S, typed=str(s.session)), SessionShown)),
    "show by its answer": ("see", _verb(lambda s, b: SetSession(by=b, now_s=NOW_S, answer=s.message), SessionShown)),
    "list": ("see", _listed),
    "complete": ("see", lambda s, u, w: bool(s.rows.perform(FindSessions(by=by(u, 10, guild=w), typed="TITLE")))),
    "choose": ("see", _verb(lambda s, b: GoOnWith(by=b, session=s.session, now_s=NOW_S), SessionChosen)),
    "export": ("export", _verb(lambda s, b: ReadDialogue(by=b, session=s.session), Dialogue)),
    "read the reasoning": (
        "see_reasoning",
        _verb(lambda s, b: ReadReasoning(by=b, turn=s.asked.turn, message_id=s.message), Reasoning),
    ),
    "speak": ("speak", lambda s, u, w: _speak(s, u, w, reply_to=None)),
    "reply": ("speak", lambda s, u, w: _speak(s, u, w, reply_to=s.message)),
    "rename": ("rename", _change(title="Another")),
    "instruct": ("instruct", _change(system_msg="Be brief.")),
    "choose a model": ("choose_model", _change(model="other")),
    "choose an effort": ("choose_effort", _change(choices=Choices(effort="high"))),
    "choose a size": ("choose_size", _change(choices=Choices(size="1024x1024"))),
    "choose a quality": ("choose_quality", _change(choices=Choices(quality="low"))),
    "make public": ("make_public", _change(is_public=True, confirmed=2)),
    "make private": ("make_private", _change(is_public=False)),
    "remove": ("remove", _verb(lambda s, b: RemoveSession(by=b, session=s.session, now_s=NOW_S), SessionsRemoved)),
    "see the system message": ("see_system_msg", _sees_system_msg),
    "stop": ("stop", _press("stop")),
    "retry": ("retry", _press("retry")),
    "continue": ("continue", _press("continue")),
}


def test_every_action_has_a_deed() -> None:
    """Every action is tested here."""
    assert {action for action, _ in DEEDS.values()} == set(get_args(Action))


@pytest.mark.parametrize(("deed", "visibility"), list(itertools.product(DEEDS, VISIBILITIES)))
def test_the_rule_stands_behind_every_verb(deed: str, visibility: str) -> None:
    """Eleven actors try every action through storage; a refusal leaves the session as it was."""
    action, do = DEEDS[deed]
    found = {actor: do(Stage(visibility), *ACTORS[actor]) for actor in ACTORS}
    wanted = {actor: expected(actor, action, visibility) for actor in ACTORS}
    # A bot's messages are not looked at, wherever it is; interactions it has none, so the rule sees a member.
    if deed in ("speak", "reply"):
        wanted["bot"] = False
    # Before a session can be shown as "the current one", the removed one is not current for anybody.
    assert found == wanted


def test_clearing_is_about_own_sessions_alone() -> None:
    """A forged confirmation removes only the person's own sessions."""
    stage = Stage("public")
    answer = stage.rows.perform(ClearSessions(by=by(BOB, 10), newest=SessionId(2**62), now_s=NOW_S))
    assert answer.removed == 0
    assert [tuple(row) for row in stage.rows._connection.execute("SELECT is_removed FROM session")] == [(0,)]


def test_a_button_counts_only_on_a_message_of_its_turn() -> None:
    """A press that names a turn of another message is refused, also from the owner."""
    stage = Stage("public")
    other = MessageId(stage.message + 1)
    assert not isinstance(
        stage.rows.perform(CancelTurn(actor=ALICE, turn=stage.asked.turn, message_id=other)), StopTurn
    )
