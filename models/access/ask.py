"""What the client knows of one turn while a model is asked."""

from msgspec.structs import replace

from messages.enclosure import LeftOut
from messages.session import ModelAsked
from messages.turn import TurnTaken, Utterance
from messages.usage import Usage
from messages.verbs.turns import BeginAsking, BeginHelping, EndHelping, Help
from models.access.retry_policy import RetryPolicy
from models.model import Model
from models.prices import most_of
from models.tokens import chars_in


class Ask:
    """What the client knows of one turn, from its first attempt to its last."""

    def __init__(self, turn: TurnTaken, listed: Model, question: Utterance | None) -> None:
        self.turn = turn
        self.question = question
        """What is asked in place of the turn's own question, which then stands alone."""
        self.listed = listed
        """The model as the catalogue lists it."""
        self.model = listed
        """The model as it is asked: its context may be smaller, where the server was found to take less."""
        self.has_begun = False
        """Whether it was committed that the model is asked, at the price that was listed then."""
        self.retry_policy = RetryPolicy()
        self.heard = ""
        """What is said in the recordings of the question that is asked."""
        self.is_compacted = False
        self.judged: Utterance | None = None
        """The question as the server's moderation judged it last, where that let it through."""
        self.flagged: tuple[str, ...] = ()
        """What it flagged in it, where it only warns."""
        self.judgements_failed = 0
        """How often in a row nobody judged it, where it may not be asked without."""
        self.used: Usage | None = None
        """What all requests for this turn used."""
        self.left_out: tuple[LeftOut, ...] = ()
        """The files of the question that the model is not shown."""

    def told(self, *, is_under_way: bool) -> ModelAsked:
        """Return what the session hears: whether a request is under way, and what it leaves out."""
        turn = self.turn
        return ModelAsked(
            turn=turn.turn, attempt=turn.attempt, is_under_way=is_under_way, left_out=self.left_out, heard=self.heard
        )

    def begin(self, now_s: float) -> BeginAsking | BeginHelping:
        """Return what is to be committed before a model is asked: it reads the question and reserves what the request may cost."""
        turn, model = self.turn, self.model
        most = most_of(model, turn if self.question is None else replace(turn, question=self.question, history=()))
        if self.question is not None:
            return BeginHelping(
                turn=turn.turn,
                attempt=turn.attempt,
                purpose=self._help,
                question=self.question,
                most=most,
                used=self.used,
                now_s=now_s,
            )
        return BeginAsking(
            turn=turn.turn,
            attempt=turn.attempt,
            chars=chars_in(model.context_tokens) if model.traits.dialogue or model.traits.changes else 0,
            vectors_by=model.name if model.traits.compares else "",
            judged=self.judged,
            most=most,
            used=self.used,
            now_s=now_s,
        )

    def end_helping(self) -> EndHelping:
        """Return what is to be committed once a model has helped with a part of the turn, or could not."""
        return EndHelping(turn=self.turn.turn, purpose=self._help, usage=self.used)

    @property
    def _help(self) -> Help:
        """What a model is asked for that helps with a part of a turn."""
        return "speech" if self.listed.kind == "speech" else "transcription"
