"""The requests of one reply that nothing came back for: when to go on, and when repeating them is no use any more. Pure."""

from typing import Final

from actors.courier.requests import UNANSWERED_PAUSE_MAX_S, UNANSWERED_PAUSE_S, EditPart, PostPart, TextRequest
from backoff import backoff_s

SEARCH_AGAIN_S: Final = 30.0
"""How long a post that nothing came back for is repeated with its nonce; Discord forgets a nonce after "a few minutes"."""

UPLOADS_MAX: Final = 50
"""How often in a row files are sent without an answer, in about a quarter of an hour; then the answer goes without them."""


class LostRequests:
    """What nothing came back for, so that Discord may have done it or not."""

    def __init__(self) -> None:
        self.not_before_s = 0.0
        """The earliest moment to send anything more of the reply."""
        self._in_a_row = 0
        self._uploads = 0
        self._post_since_s: float | None = None
        self._is_placeholder = False

    @property
    def has_post(self) -> bool:
        """Whether a post may have landed of which nobody has heard."""
        return self._post_since_s is not None

    @property
    def has_placeholder(self) -> bool:
        """Whether that post was to say that the turn waits."""
        return self.has_post and self._is_placeholder

    @property
    def has_too_many_uploads(self) -> bool:
        """Whether sending the files again is no use any more."""
        return self._uploads >= UPLOADS_MAX

    def add(self, request: TextRequest, now_s: float) -> None:
        """Nothing came back for a request: wait, longer each time."""
        self._in_a_row += 1
        self.not_before_s = now_s + backoff_s(self._in_a_row, first_s=UNANSWERED_PAUSE_S, max_s=UNANSWERED_PAUSE_MAX_S)
        if isinstance(request, PostPart) and self._post_since_s is None:
            self._post_since_s = now_s
            self._is_placeholder = request.wanted.is_placeholder
        if isinstance(request, PostPart | EditPart) and request.wanted.files:
            self._uploads += 1

    def is_nonce_old(self, now_s: float) -> bool:
        """Whether Discord may have forgotten the nonce of the post, so that repeating it could post it twice."""
        return self._post_since_s is not None and now_s - self._post_since_s > SEARCH_AGAIN_S

    def forget(self) -> None:
        """Discord has answered."""
        self._in_a_row = 0

    def forget_post(self) -> None:
        """It is known, or will be searched for, which message the post has made."""
        self._post_since_s = None

    def forget_uploads(self) -> None:
        """A message stands as it was sent."""
        self._uploads = 0
