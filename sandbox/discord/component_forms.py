"""Buttons, menus, rows and forms: what Discord accepts. Discord, "Component Reference"."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sandbox.discord.refusals import UNSUPPORTED, FormErrors
from sandbox.discord.things import Json, parts_of

ROW, BUTTON, SELECT, TEXT_INPUT = 1, 2, 3, 4
SEPARATOR, CONTAINER = 14, 17
LINK = 5
"""The style of a button that opens a page. "Component Reference", section "Button Styles"."""
LINK_SCHEMES = ("http", "https", "discord")
DEFAULTS: dict[int, Json] = {
    SELECT: {"min_values": 1, "max_values": 1, "disabled": False},
    SEPARATOR: {"divider": True, "spacing": 1},
    CONTAINER: {"spoiler": False},
}
"""What Discord adds to components that do not say it."""

ROWS, BUTTONS, OPTIONS = 5, 5, 25
CUSTOM_ID, BUTTON_LABEL, PLACEHOLDER, OPTION_TEXT = 100, 80, 150, 100
LINK_URL = 512
MODAL_TITLE, MODAL_LABEL, MODAL_INPUT = 45, 45, 4000


def check_components(components: list[Json], errors: FormErrors) -> list[Json]:
    """Note what is wrong with a message's rows; return them with an `id` each, as Discord stores them."""
    errors.count("components", len(components), 0, ROWS)
    for index, row in enumerate(components):
        if row.get("type") != ROW:
            errors.add(f"components.{index}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (1,).")
        check_row(row, f"components.{index}", errors)
    check_duplicates(components, errors)
    return number(components)


def number(components: list[Json]) -> list[Json]:
    """Give an `id` to every component that has none, counting from 1 in reading order."""
    taken = {part["id"] for part in parts_of(components) if part.get("id")}
    following = (candidate for candidate in range(1, 1 << 31) if candidate not in taken)

    def numbered(part: Json) -> Json:
        defaults = DEFAULTS.get(part.get("type", 0), {})
        found = {**defaults, **part, "id": part.get("id") or next(following)}
        if "components" in part:
            found["components"] = [numbered(inner) for inner in part["components"]]
        return found

    return [numbered(part) for part in components]


def check_modal(data: Json, errors: FormErrors) -> None:
    """Note what is wrong with a form. "Receiving and Responding", section "Modal"."""
    errors.length("custom_id", data.get("custom_id", ""), 1, CUSTOM_ID)
    errors.length("title", data.get("title", ""), 1, MODAL_TITLE)
    rows = data.get("components") or []
    errors.count("components", len(rows), 1, ROWS)
    for index, row in enumerate(rows):
        inner = row.get("components") or []
        errors.count(f"components.{index}.components", len(inner), 1, 1)
        for number_, part in enumerate(inner):
            _check_input(part, f"components.{index}.components.{number_}", errors)
    check_duplicates(rows, errors)


def check_choices(choices: list[Json], errors: FormErrors) -> None:
    """Note what is wrong with autocomplete's choices. "Receiving and Responding", section "Autocomplete"."""
    errors.count("choices", len(choices), 0, OPTIONS)
    for index, choice in enumerate(choices):
        errors.length(f"choices.{index}.name", choice.get("name", ""), 1, OPTION_TEXT)
        if isinstance(choice.get("value"), str):
            errors.length(f"choices.{index}.value", choice["value"], 1, OPTION_TEXT)


def check_row(row: Json, path: str, errors: FormErrors) -> None:
    """Note what is wrong with a row: one menu, or one to five buttons."""
    inner = row.get("components") or []
    menus = [part for part in inner if part.get("type") == SELECT]
    errors.count(f"{path}.components", len(inner), 1, 1 if menus else BUTTONS)
    for index, part in enumerate(inner):
        at = f"{path}.components.{index}"
        if part.get("type") == BUTTON:
            _check_button(part, at, errors)
        elif part.get("type") == SELECT:
            _check_select(part, at, errors)
        else:
            errors.add(f"{at}.type", UNSUPPORTED, "The sandbox knows buttons (2) and menus (3).")


def _check_button(part: Json, path: str, errors: FormErrors) -> None:
    if part.get("style") == LINK:
        _check_link(part, path, errors)
    else:
        if part.get("style") not in {1, 2, 3, 4}:
            errors.add(f"{path}.style", UNSUPPORTED, "The sandbox knows the styles 1 to 5.")
        if part.get("url") is not None:
            errors.add(f"{path}.url", UNSUPPORTED, "Only a button of style 5 has a url.")
        _check_custom_id(part, path, errors)
    if part.get("label") is not None:
        errors.length(f"{path}.label", part["label"], 0, BUTTON_LABEL)
    if not part.get("label") and not part.get("emoji"):
        errors.add(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji")


def _check_link(part: Json, path: str, errors: FormErrors) -> None:
    """Note what is wrong with a button that opens a page; the bot does not hear of it, so it has no `custom_id`."""
    url = part.get("url")
    if part.get("custom_id") is not None:
        errors.add(f"{path}.custom_id", UNSUPPORTED, "A button of style 5 has no custom_id.")
    if url is None:
        errors.add(f"{path}.url", "BASE_TYPE_REQUIRED", "This field is required")
        return
    errors.length(f"{path}.url", url, 1, LINK_URL)
    if urlsplit(url).scheme not in LINK_SCHEMES:
        message = f'Scheme "{urlsplit(url).scheme}" is not supported. Scheme must be one of {LINK_SCHEMES}.'
        errors.add(f"{path}.url", "URL_TYPE_INVALID_SCHEME", message)


def _check_select(part: Json, path: str, errors: FormErrors) -> None:
    _check_custom_id(part, path, errors)
    if part.get("placeholder") is not None:
        errors.length(f"{path}.placeholder", part["placeholder"], 0, PLACEHOLDER)
    least, most = part.get("min_values", 1), part.get("max_values", 1)
    _check_range(f"{path}.min_values", least, 0, OPTIONS, errors)
    _check_range(f"{path}.max_values", most, 1, OPTIONS, errors)
    options = part.get("options") or []
    errors.count(f"{path}.options", len(options), 1, OPTIONS)
    for index, option in enumerate(options):
        for key in ("label", "value"):
            errors.length(f"{path}.options.{index}.{key}", option.get(key, ""), 1, OPTION_TEXT)
        if option.get("description") is not None:
            errors.length(f"{path}.options.{index}.description", option["description"], 0, OPTION_TEXT)
    for index in _repeated([option.get("value") for option in options]):
        message = "The specified option value is already used"
        errors.add(f"{path}.options.{index}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
    if sum(bool(option.get("default")) for option in options) > most:
        errors.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More defaults than max_values")
    if most > len(options):
        errors.add(f"{path}.max_values", "SELECT_COMPONENT_MAX_VALUES", "max_values is more than there are options")


def _check_input(part: Json, path: str, errors: FormErrors) -> None:
    if part.get("type") != TEXT_INPUT:
        errors.add(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (4,).")
        return
    _check_custom_id(part, path, errors)
    errors.length(f"{path}.label", part.get("label", ""), 1, MODAL_LABEL)
    if part.get("style") not in {1, 2}:
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
    _check_range(f"{path}.min_length", part.get("min_length", 0), 0, MODAL_INPUT, errors)
    _check_range(f"{path}.max_length", part.get("max_length", MODAL_INPUT), 1, MODAL_INPUT, errors)
    if part.get("value") is not None:
        errors.length(f"{path}.value", part["value"], 0, part.get("max_length", MODAL_INPUT))
    if part.get("placeholder") is not None:
        errors.length(f"{path}.placeholder", part["placeholder"], 0, 100)


def _check_custom_id(part: Json, path: str, errors: FormErrors) -> None:
    if part.get("custom_id") is None:
        errors.add(f"{path}.custom_id", "BASE_TYPE_REQUIRED", "This field is required")
    else:
        errors.length(f"{path}.custom_id", part["custom_id"], 1, CUSTOM_ID)


def _check_range(path: str, value: int, least: int, most: int, errors: FormErrors) -> None:
    if value < least:
        errors.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
    if value > most:
        errors.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")


def check_duplicates(components: list[Json], errors: FormErrors) -> None:
    """Note which buttons, menus and fields have the same `custom_id`."""
    named = list(_named(components, "components"))
    for index in _repeated([name for _, name in named]):
        message = "Component custom id cannot be duplicated"
        errors.add(f"{named[index][0]}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", message)


def _named(components: list[Json], path: str) -> Iterator[tuple[str, str]]:
    for index, part in enumerate(components):
        if part.get("custom_id"):
            yield f"{path}.{index}", part["custom_id"]
        yield from _named(part.get("components") or [], f"{path}.{index}.components")


def _repeated(values: list[Any]) -> list[int]:
    return [index for index, value in enumerate(values) if values.index(value) != index]
