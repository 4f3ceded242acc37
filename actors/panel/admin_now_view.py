"""The tab *Now* of `/causerie`: how the process is, what it does, and what was used today. Pure."""

from typing import Final

from actors.panel.usage_view import dollars
from messages.components import Text
from messages.figures import CourierFigures, Figures, ModelsFigures, SessionsFigures, SessionState
from messages.verbs.admin import AdminShown
from texts.escaping import escape_markdown, moment
from texts.keys import CountKey
from texts.say import Locale, number, say, say_count, say_list

_STATES: Final[dict[SessionState, CountKey]] = {
    "streaming": "actors_streaming",
    "taking": "actors_taking",
    "finishing": "actors_finishing",
    "pausing": "actors_pausing",
    "idle": "actors_idle",
    "over": "actors_over",
}


def now_texts(rows: AdminShown, figures: Figures, locale: Locale) -> tuple[Text, Text, Text]:
    """Return what is said of the process, of its work, and of today."""
    return (
        Text("\n".join(_process(figures, locale))),
        Text("\n".join(_work(rows, figures, locale))),
        Text(_today(rows, locale)),
    )


def _process(figures: Figures, locale: Locale) -> list[str]:
    connected_s = figures.gateway.connected_since_s
    return [
        say("causerie.title", locale, version=escape_markdown(figures.version)),
        say("causerie.running", locale, since=moment(figures.started_s), ago=moment(figures.started_s, "R")),
        _warning(say("causerie.not_connected", locale))
        if connected_s is None
        else say("causerie.connected", locale, since=moment(connected_s), ago=moment(connected_s, "R")),
    ]


def _warning(sentence: str) -> str:
    return f"⚠️ {sentence}"


def _work(rows: AdminShown, figures: Figures, locale: Locale) -> list[str]:
    return [
        *_sessions(figures.sessions, locale),
        say("causerie.waiting", locale, count=number(rows.waiting, locale)),
        _streaming(figures.models, locale),
        *_requests(figures.courier, locale),
    ]


def _sessions(sessions: SessionsFigures | None, locale: Locale) -> list[str]:
    if sessions is None:
        return [_warning(say("causerie.silent_sessions", locale))]
    counted = {state: sessions.states.get(state, 0) for state in _STATES}
    count = number(sum(counted.values()), locale)
    states = [say_count(_STATES[state], many, locale) for state, many in counted.items() if many]
    if states:
        lines = [say("causerie.sessions_in", locale, count=count, states=say_list(states, locale))]
    else:
        lines = [say("causerie.sessions", locale, count=count)]
    if sessions.held:
        lines.append(say("causerie.held", locale, count=number(sessions.held, locale)))
    return lines


def _streaming(models: ModelsFigures, locale: Locale) -> str:
    count, slots = number(models.streaming, locale), number(models.slots, locale)
    if models.waiting:
        waiting = number(models.waiting, locale)
        return say("causerie.streaming_waiting", locale, count=count, slots=slots, waiting=waiting)
    return say("causerie.streaming", locale, count=count, slots=slots)


def _requests(courier: CourierFigures | None, locale: Locale) -> list[str]:
    if courier is None:
        return [_warning(say("causerie.silent_courier", locale))]
    requests = say(
        "causerie.requests",
        locale,
        used=number(courier.used, locale),
        budget=number(courier.budget, locale),
        waiting=number(courier.waiting, locale),
    )
    return [requests, say("causerie.pending", locale, count=number(courier.pending, locale))]


def _today(rows: AdminShown, locale: Locale) -> str:
    cost = dollars(rows.micro_dollars, locale)
    return say(
        "causerie.today",
        locale,
        answered=say_count("questions_answered", rows.answered, locale),
        tokens=say_count("tokens", rows.tokens, locale),
        cost=say("used.cost_at_least" if rows.is_partly_unpriced else "used.cost", locale, cost=cost),
    )
