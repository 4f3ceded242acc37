"""What is said and offered for each reason for which a turn ends. Pure."""

import math
from typing import Final

from messages.enclosure import Problem
from messages.turn import BREAKS, OutcomePending, Reason
from texts.escaping import moment
from texts.keys import AnswerKey
from texts.say import Locale, say


def sentence(ended: OutcomePending, reason: Reason, locale: Locale, *, has_text: bool) -> str:
    """Return what happened to a turn and what its asker can do; `has_text`: a part of the answer stands above it.

    Nothing that a model or a server wrote is in it.
    """
    if reason == "rate_limited" and ended.again_at_s is not None:
        return say("rate_limited_until", locale, when=moment(math.ceil(ended.again_at_s), "R"))
    if reason in _USED_UP and ended.again_at_s is not None:
        what = say(_USED_UP[reason], locale)
        return say("budget_until", locale, what=what, when=moment(round(ended.again_at_s), "R"))
    if reason == "stopped" and not has_text:
        return say("stopped_empty", locale)
    if reason in WITH_TEXT and not has_text:
        return say("limit_without_text", locale)
    return say(reason, locale)


def introduction(locale: Locale) -> tuple[str, str, str]:
    """Return the three lines that explain the bot to whoever meets it: when it answers, what a session is, and its commands."""
    return say("hint", locale), say("hint.session", locale), say("hint.commands", locale)


_USED_UP: Final[dict[Reason, AnswerKey]] = {
    "budget_user": "used_up.user",
    "budget_role": "used_up.role",
    "budget_server": "used_up.server",
    "budget_all": "used_up.all",
}
"""What is said where a budget is used up; where it is only reserved for questions that are being answered, nobody knows until when."""

RETRY: Final[frozenset[Reason]] = frozenset(
    {
        "stopped",
        *BREAKS,
        "error_event",
        "response_failed",
        "thought_too_long",
        "no_text",
        "unreachable",
        "wrong_key",
        "rate_limited",
        "quota_exhausted",
        "answer_too_dear",
        "server_error",
        *_USED_UP,
        "model_unknown",
        "wrong_address",
        "file_unreadable",
        "answer_blocked",
        "picture_refused",
        "not_heard",
        "only_files",
        "bad_request",
        "not_verified",
        "no_picture",
        "only_link",
        "drawing_refused",
        "picture_late",
        "cannot_continue",
        "quarantined",
        "parked",
    }
)
"""After these, asking again may help: the message has the button *Retry*."""

WITH_TEXT: Final[frozenset[Reason]] = frozenset({"complete", "token_limit", "too_long"})
"""These make sense only below a text."""

CONTINUE: Final[frozenset[Reason]] = frozenset(
    {
        "token_limit",
        "too_long",
        "stopped",
        *BREAKS,
        "error_event",
        "response_failed",
        "thought_too_long",
        "rate_limited",
    }
)
"""After these, the model can go on from its text: the message has the button *Continue*."""

PROBLEMS: Final[dict[Problem, AnswerKey]] = {
    "too_large": "problem.too_large",
    "too_many": "problem.too_many",
    "over_quota": "problem.over_quota",
    "gone": "problem.gone",
    "empty": "problem.empty",
    "damaged": "problem.damaged",
    "unknown_type": "problem.unknown_type",
    "heic": "problem.heic",
    "animated": "problem.animated",
    "picture_too_large": "problem.picture_too_large",
    "document_protected": "problem.document_protected",
    "document_damaged": "problem.document_damaged",
    "document_no_text": "problem.document_no_text",
    "document_too_large_inside": "problem.document_too_large_inside",
    "document_too_slow": "problem.document_too_slow",
    "document_failed": "problem.document_failed",
    "document_no_charset": "problem.document_no_charset",
    "no_vision": "problem.no_vision",
    "no_hearing": "problem.no_hearing",
    "recording_too_long": "problem.recording_too_long",
    "recording_too_large": "problem.recording_too_large",
    "silent": "problem.silent",
    "picture_too_heavy": "problem.picture_too_heavy",
    "too_many_pictures": "problem.too_many_pictures",
    "picture_refused": "problem.picture_refused",
    "no_room": "problem.no_room",
    "unread": "problem.unread",
}
"""Why a file was left out."""

FOR_ADMINS: Final[dict[str, AnswerKey]] = {
    "runs_twice": "admin.runs_twice",
    "quota_exhausted": "admin.quota_exhausted",
    "wrong_key": "admin.wrong_key",
    "wrong_address": "admin.wrong_address",
    "not_verified": "admin.not_verified",
}
"""What only the people who run the bot can mend, by `messages.verbs.notes.Trouble`; each of them is told privately, once."""
