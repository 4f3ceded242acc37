"""The sentences that people read in answers: for each reason what happened, and what to do. Pure."""

import math
from typing import Final

from messages.turn import BREAKS, OutcomePending, Reason

SENTENCES: Final[dict[Reason, str]] = {
    "complete": "",
    "token_limit": "The answer reached its limit of tokens. Press Continue to have it carried on, or set a larger max_token with /user.",
    "content_filter": "The model's content filter ended this answer. Ask in another way.",
    "too_long": "The answer grew too long and was ended here. Press Continue to have it carried on.",
    "stopped": "Stopped here, as asked. Press Retry to ask again.",
    "stream_broke": "The connection to the model broke, and once more. Press Retry to ask again.",
    "ended_early": "The model's server closed the line before the answer was whole, and once more. Press Retry to ask again.",
    "malformed": "The model's server sent something that nobody can read, and once more. Press Retry to ask again; if it goes on, tell whoever runs this bot.",
    "first_text_late": "The model said nothing for a minute, and once more. Press Retry to ask again, or ask something simpler.",
    "stalled": "The model fell silent in the middle of its answer, and once more. Press Retry to ask again.",
    "only_keepalives": "The model's server kept the line open but sent no more of an answer, and once more. Press Retry to ask again.",
    "error_event": "The model's server reported an error, so the answer ended here. Press Retry to ask again.",
    "response_failed": "The model gave up on this answer. Press Retry to ask again.",
    "no_text": "The model gave no text. Press Retry, or allow more tokens with max_token of /user.",
    "refused_by_model": "The model declined to answer. Ask in another way.",
    "unreachable": "The model cannot be reached. Try Retry in a minute; if it goes on, tell whoever runs this bot.",
    "wrong_key": "The model's server refused this bot's key. Tell whoever runs this bot; then press Retry.",
    "rate_limited": "The model has too much to do. Press Retry in a minute.",
    "quota_exhausted": "This bot's budget with the model is used up. Tell whoever runs this bot; then press Retry.",
    "server_error": "The model's server had an error, several times. Press Retry in a minute.",
    "model_unknown": "This session's model is not offered any more. Its owner can choose another with /session (for new sessions with /user), then press Retry.",
    "context_too_long": "This is too much for the session's model. Ask a shorter question, choose a model with a larger context with /session, or press new in /user.",
    "bad_request": "The model's server did not accept the request. Tell whoever runs this bot; then press Retry.",
    "set_aside": "This question was set aside, because the bot stopped three times while it was answering it. Press Retry to ask again.",
    "parked": "This session has trouble and rests for ten minutes. Press Retry after that.",
    "question_deleted": "The question was deleted, so the answer ended here.",
    "session_ended": "This session was removed or closed, so the answer ended here. Use /user to choose another session, or press new there.",
    "hint": "Hello! Use /user and press new to talk with me: then each of your messages starts a session. With activate, your messages go on with the current one.",
    "no_session": "You have no session to go on with. Use /user, press new, and ask; or choose another session.",
    "session_closed": "That session is gone, or closed to you here. Use /user to choose another, or press new there.",
    "content_hidden": "What is written here is hidden from this bot, unless it is mentioned. Mention it in your question, or "
    "write to it directly.",
    "nothing_to_ask": "There is no text in this message that the model could take. Write your question as text.",
    "queue_full": "Too many questions wait in this session already. Wait for an answer, then ask again.",
    "too_many_questions": "You asked a lot in the last minute. Wait a minute, then ask again.",
    "too_old": "I was away when you wrote this, and too long to answer it unasked. Send it again if you still want an answer.",
    "storage": "I cannot store anything at the moment, so I did not take this question. Send it again in a few minutes.",
}
"""What is said to a person for each reason: what happened, and what to do. Nothing that a model or server wrote is in it."""


def sentence(ended: OutcomePending, reason: Reason) -> str:
    """What is said of this outcome, with the time from which asking again helps, where the model's server named one."""
    if reason == "rate_limited" and ended.again_at_s is not None:
        # Discord shows the timestamp in each reader's own words, and keeps them true (Discord: Message Formatting).
        return f"The model has too much to do. Press Retry <t:{math.ceil(ended.again_at_s)}:R>."
    return SENTENCES[reason]


TEXT_REFUSED: Final = "Discord did not take the text of this answer. Ask in another way."
"""In place of an answer that a rule of the server or of Discord forbids."""

PUBLIC: Final = "This session is public: members of the server where it began can read this answer too."
"""Below the first answer to a direct message in a public session."""

RETRY: Final[frozenset[Reason]] = frozenset(
    {
        "stopped",
        *BREAKS,
        "error_event",
        "response_failed",
        "no_text",
        "unreachable",
        "wrong_key",
        "rate_limited",
        "quota_exhausted",
        "server_error",
        "model_unknown",
        "bad_request",
        "set_aside",
        "parked",
    }
)
"""Reasons after which asking again may help: the message carries *Retry*."""

WITH_TEXT: Final[frozenset[Reason]] = frozenset({"complete", "token_limit", "too_long"})
"""Reasons that make no sense without a text."""

CONTINUE: Final[frozenset[Reason]] = frozenset(
    {"token_limit", "too_long", "stopped", *BREAKS, "error_event", "response_failed"}
)
"""Reasons after which the model can go on from its text: the message carries *Continue*."""

FOR_ADMINS: Final[dict[Reason, str]] = {
    "quota_exhausted": "The budget of OPENAI_API_KEY is used up, so nobody is answered. Fill it up with the provider, or set another key and start the bot again.",
    "wrong_key": "The model's server refused OPENAI_API_KEY, so nobody is answered. Set a valid key and start the bot again.",
}
"""What only those who run the bot can mend; each of them is told privately, once."""
