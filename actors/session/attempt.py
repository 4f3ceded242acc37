"""One attempt to answer a turn as far as it came: its draft, why it has no text yet, and what its reply shows of it. Pure."""

from actors.session.silence import Silence
from actors.session.turn import Draft, shown_chars_max
from messages.answer import Answer
from messages.courier import DraftShown
from messages.enclosure import LeftOut
from messages.turn import TurnTaken


class Attempt:
    """An attempt of a session's present turn. It answers from the start; an earlier attempt's text is shown until this one has some."""

    def __init__(self, turn: TurnTaken, now_s: float, *, is_second_try: bool) -> None:
        """Begin at `now_s` (monotonic); `is_second_try` where the turn's stream broke before: it is tried once more, not twice."""
        self.turn = turn
        self.is_second_try = is_second_try
        self.draft = Draft(now_s)
        self.silence = Silence()
        self.is_asked = False
        """Whether a request to the model is under way, as opposed to waiting to be sent."""
        self.heard = ""
        """What is said in the recordings of the question."""
        self.left_out: tuple[LeftOut, ...] = ()
        """The files of the question that the model is not shown."""

    @property
    def text(self) -> str:
        """The answer as far as it counts: this attempt's text or, while it has none, an earlier attempt's."""
        return self.draft.text or self.turn.draft

    @property
    def cut(self) -> Draft | None:
        """What came of the request that is under way; None where there is none."""
        return self.draft if self.is_asked else None

    @property
    def is_wait_shown(self) -> bool:
        """Whether the reply says that the question's files are read, or that the turn waits for its model."""
        return self.silence.is_said_early and not self.text

    @property
    def is_shown(self) -> bool:
        """Whether the reply shows anything of this attempt."""
        return bool(self.draft.text or self.draft.pictures or self.heard or self.is_wait_shown)

    def shown(self, revision: int, *, awaits_judgement: bool = False) -> DraftShown:
        """Return what the reply is to show; a greater `revision` is newer."""
        text, cause, says_wait = self.draft.text, self.silence.cause, self.is_wait_shown
        is_drawing = cause == "drawing"
        return DraftShown(
            turn=self.turn.turn,
            attempt=self.turn.attempt,
            revision=revision,
            answer=Answer(text=text, files=self.draft.pictures),
            is_reading=cause == "reading",
            is_waiting=cause == "waiting" and says_wait,
            is_thinking=not (text or awaits_judgement or is_drawing or says_wait)
            and (cause == "thinking" or not self.heard),
            is_drawing=is_drawing,
            awaits_judgement=awaits_judgement,
            starts_again=len(text) < shown_chars_max(self.turn),
            heard=self.heard,
        )
