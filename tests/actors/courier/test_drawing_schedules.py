"""Seeded orders of unfinished pictures, pictures, losses, refusals and kills, against a Discord that keeps files as Discord does."""

import pytest
from msgspec.structs import replace

from actors.courier.requests import EditPart, PostPart, Sendable
from discord_api.error_codes import TOO_LARGE
from discord_api.results import Impossible, Result
from messages.answer import Answer
from messages.courier import DraftShown
from messages.files import File
from messages.ids import TurnId
from messages.turn import OutcomePending
from tests.actors.courier.test_schedules import Discord, Stored, World, looks

LARGE = File(name="picture.png", content=b"too large for Discord")


class Attachments(Discord):
    """A Discord in which an edit without files leaves those of the message, unless it takes them off; it takes no large file."""

    def apply(self, request: Sendable) -> Result:
        if isinstance(request, PostPart | EditPart) and LARGE in request.wanted.files:
            return Impossible(TOO_LARGE)
        if isinstance(request, EditPart) and not (request.wanted.files or request.may_have_files):
            before = self._shown(request)
            request = replace(
                request, wanted=replace(request.wanted, files=() if before is None else before.shows.files)
            )
        return super().apply(request)

    def _shown(self, request: EditPart) -> Stored | None:
        stored = self.channels.get(request.channel_id, [])
        return next((message for message in stored if message.message_id == request.message_id), None)


class Studio(World):
    """Every model draws: drafts are unfinished pictures, outcomes a picture or a sentence."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.discord = Attachments(self.random)
        self.drawn = {turn: self.random.random() < 0.7 for turn in self.turns}

    def draft(self, turn: TurnId) -> None:
        self.revision += 1
        sketch = File(name="picture.jpeg", content=f"{turn} {self.revision}".encode())
        files: tuple[File, ...] = self.random.choice(((), (sketch,), (sketch,), (LARGE,)))
        shown = DraftShown(turn=turn, attempt=1, revision=self.revision, answer=Answer(files=files), is_drawing=True)
        self.hear(shown)

    def outcome(self, turn: TurnId, *, search: bool) -> OutcomePending:
        pending = super().outcome(turn, search=search)
        if self.drawn[turn]:
            picture = File(name="picture.jpeg", stored=f"{turn:032x}", description="A comet")
            return replace(pending, answer=Answer(files=(picture,)))
        return replace(pending, answer=Answer(), ending="interrupted", reason="stopped")

    def result_of(self, request: Sendable) -> Result:
        if isinstance(request, PostPart | EditPart) and request.turn in self.ended:
            wanted = [files for part in looks(self.outcome(request.turn, search=False)) for files in part.files]
            assert list(request.wanted.files) == wanted, "an unfinished picture was sent after the end"
        return super().result_of(request)


@pytest.mark.parametrize("block", range(20))
def test_whatever_is_lost_the_picture_stands_alone_or_nothing_of_it(block: int) -> None:
    """No unfinished picture is left below an outcome, and one that Discord does not take keeps nothing back."""
    for seed in range(block * 20, block * 20 + 20):
        studio = Studio(seed)
        for _ in range(150):
            studio.step()
        studio.finish()
        assert sorted(studio.delivered) == studio.turns, f"seed {seed}: lost"
        for turn in studio.turns:
            place = studio.places[turn]
            stored = [m for m in studio.discord.channels[place.channel_id] if m.reply_to == place.reply_to]
            wanted = looks(studio.outcome(turn, search=False))
            assert [message.shows for message in stored] == wanted, f"seed {seed}: turn {turn}"


def test_the_unfinished_pictures_are_sent_at_all() -> None:
    """The schedules above would prove nothing if the courier never sent one."""
    sent = []
    for seed in range(20):
        studio = Studio(seed)
        for _ in range(150):
            studio.step()
        sent += [request for request in studio.sent if isinstance(request, PostPart | EditPart)]
    assert any(file.content and file != LARGE for request in sent for file in request.wanted.files)
    assert any(LARGE in request.wanted.files for request in sent)
