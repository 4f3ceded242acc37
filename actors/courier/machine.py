"""The three state machines of a reply, as tables: state, event, next state. Pure.

They do not depend on each other. `content.py`, `reply_text.py` and `reactions.py` take every step through `step`, which checks it.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeVar

# What the reply should show (`content.py`):
#
# | state | what the reply should show |
# |---|---|
# | `placeholder` | that the turn waits behind others of its session |
# | `draft` | the newest draft |
# | `plain_draft` | the newest draft without its unfinished pictures: Discord refused one |
# | `held` | what stands there already: Discord refused a draft's text, and may take the whole |
# | `outcome` | how the turn ended |
# | `without_files` | how the turn ended, with a sentence in place of those files that Discord does not take |
# | `sentence` | one sentence, because Discord refuses the outcome's text |

ContentState = Literal["placeholder", "draft", "plain_draft", "held", "outcome", "without_files", "sentence"]
ContentEvent = Literal["waits", "began", "placeholder_refused", "text_refused", "files_refused", "ended"]

CONTENT: Final[Mapping[ContentState, Mapping[ContentEvent, ContentState]]] = {
    "placeholder": {
        "waits": "placeholder",
        "began": "draft",
        "placeholder_refused": "draft",
        "ended": "outcome",
    },
    "draft": {
        "waits": "placeholder",
        "text_refused": "held",
        "files_refused": "plain_draft",
        "ended": "outcome",
    },
    "plain_draft": {"text_refused": "held", "ended": "outcome"},
    "held": {"ended": "outcome"},
    "outcome": {"text_refused": "sentence", "files_refused": "without_files"},
    "without_files": {"text_refused": "sentence", "files_refused": "without_files"},
    "sentence": {},
}

# What is known of its messages in Discord (`reply_text.py`):
#
# | state | what is known of the messages | what is sent |
# |---|---|---|
# | `unloaded` | an earlier process may have posted some; their rows are not loaded yet | nothing |
# | `unsearched` | the channel may hold some that no row names | a search |
# | `known` | all of them | what makes them show the content |
# | `lost` | Discord takes no more text of this reply | nothing |

TextState = Literal["unloaded", "unsearched", "known", "lost"]
TextEvent = Literal["parts_loaded", "page_searched", "all_searched", "post_unanswered", "place_closed"]

TEXT: Final[Mapping[TextState, Mapping[TextEvent, TextState]]] = {
    "unloaded": {"parts_loaded": "unsearched"},
    "unsearched": {
        "parts_loaded": "unsearched",
        "page_searched": "unsearched",
        "all_searched": "known",
        "place_closed": "lost",
    },
    "known": {"parts_loaded": "known", "post_unanswered": "unsearched", "place_closed": "lost"},
    "lost": {"parts_loaded": "lost"},
}

# What stands on the question (`reactions.py`):
#
# | state | what stands on the question |
# |---|---|
# | `absent` | nothing of the bot's |
# | `unsure` | perhaps ✍🏻: an earlier process may have put it there, or no answer came to the request |
# | `writing` | ✍🏻 |
# | `marked` | the mark that stays |
# | `forbidden` | whatever stands there stays: Discord lets the bot change nothing |

ReactionState = Literal["absent", "unsure", "writing", "marked", "forbidden"]
ReactionEvent = Literal["hand_put", "hand_unsure", "hand_taken", "mark_put", "forbidden"]

REACTIONS: Final[Mapping[ReactionState, Mapping[ReactionEvent, ReactionState]]] = {
    "absent": {"hand_put": "writing", "hand_unsure": "unsure", "mark_put": "marked", "forbidden": "forbidden"},
    "unsure": {
        "hand_put": "writing",
        "hand_unsure": "unsure",
        "hand_taken": "absent",
        "mark_put": "marked",
        "forbidden": "forbidden",
    },
    "writing": {"hand_taken": "absent", "mark_put": "marked", "forbidden": "forbidden"},
    "marked": {"forbidden": "forbidden"},
    # A request may have been under way when the text of the reply was refused its place.
    "forbidden": {
        "hand_put": "forbidden",
        "hand_unsure": "forbidden",
        "hand_taken": "forbidden",
        "mark_put": "forbidden",
        "forbidden": "forbidden",
    },
}

State = TypeVar("State", bound=str)
Event = TypeVar("Event", bound=str)


class UnexpectedEventError(Exception):
    """A state machine has no transition for what happened. That is a fault of ours: the courier is rebuilt from its rows."""


def step(table: Mapping[State, Mapping[Event, State]], state: State, event: Event) -> State:
    """Return the state after an event.

    :raises UnexpectedEventError: when the table has no such event in this state
    """
    try:
        return table[state][event]
    except KeyError:
        raise UnexpectedEventError(f"{event} while {state}") from None
