"""Buttons, menus, rows and forms: what Discord accepts. Discord, "Component Reference"."""

from typing import Any

from sandbox.discord.refusals import FormErrors
from sandbox.discord.things import Json, flat

ROW, BUTTON, SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 2, 3, 4, 10, 18
SELECTS = {3, 5, 6, 7, 8}
LINK, PREMIUM = 5, 6
SELECT_DEFAULTS = {"min_values": 1, "max_values": 1, "disabled": False}

ROWS, BUTTONS, OPTIONS = 5, 5, 25
CUSTOM_ID, BUTTON_LABEL, PLACEHOLDER, OPTION_TEXT = 100, 80, 150, 100
V2_PARTS, V2_TEXT = 40, 4000
MODAL_TITLE, MODAL_LABEL, MODAL_DESCRIPTION, MODAL_INPUT = 45, 45, 100, 4000


def check_components(components: list[Json], errors: FormErrors, *, v2: bool) -> list[Json]:
    """Note what is wrong with a message's components; return them with an `id` each, as Discord stores them."""
    if v2:
        _check_v2(components, errors)
    else:
        errors.count("components", len(components), 0, ROWS)
        for place, row in enumerate(components):
            if row.get("type") != ROW:
                errors.add(f"components.{place}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (1,).")
    for place, part in enumerate(components):
        _check_part(part, f"components.{place}", errors)
    _check_duplicates(components, errors)
    return number(components)


def number(components: list[Json]) -> list[Json]:
    """Give an `id` to every component that has none, counting from 1 in reading order."""
    taken = {part["id"] for top in components for part in flat(top) if part.get("id")}
    following = (candidate for candidate in range(1, 1 << 31) if candidate not in taken)

    def numbered(part: Json) -> Json:
        defaults = SELECT_DEFAULTS if part.get("type") in SELECTS else {}
        found = {**defaults, **part, "id": part.get("id") or next(following)}
        if "components" in part:
            found["components"] = [numbered(inner) for inner in part["components"]]
        for key in ("accessory", "component"):
            if key in part:
                found[key] = numbered(part[key])
        return found

    return [numbered(part) for part in components]


def check_modal(data: Json, errors: FormErrors) -> None:
    """Note what is wrong with a form. "Receiving and Responding", section "Modal"."""
    errors.length("custom_id", data.get("custom_id", ""), 1, CUSTOM_ID)
    errors.length("title", data.get("title", ""), 1, MODAL_TITLE)
    rows = data.get("components") or []
    errors.count("components", len(rows), 1, ROWS)
    for place, row in enumerate(rows):
        inner = [row["component"]] if row.get("type") == LABEL else row.get("components") or []
        errors.count(f"components.{place}.components", len(inner), 1, 1)
        if row.get("type") == LABEL:
            errors.length(f"components.{place}.label", row.get("label", ""), 1, MODAL_LABEL)
            errors.length(f"components.{place}.description", row.get("description") or "", 0, MODAL_DESCRIPTION)
        for number_, part in enumerate(inner):
            _check_input(part, f"components.{place}.components.{number_}", errors, labelled=row.get("type") == LABEL)
    _check_duplicates(rows, errors)


def check_choices(choices: list[Json], errors: FormErrors) -> None:
    """Note what is wrong with autocomplete's choices. "Receiving and Responding", section "Autocomplete"."""
    errors.count("choices", len(choices), 0, OPTIONS)
    for place, choice in enumerate(choices):
        errors.length(f"choices.{place}.name", choice.get("name", ""), 1, OPTION_TEXT)
        if isinstance(choice.get("value"), str):
            errors.length(f"choices.{place}.value", choice["value"], 1, OPTION_TEXT)


def _check_part(part: Json, path: str, errors: FormErrors) -> None:
    kind = part.get("type")
    if kind == ROW:
        _check_row(part, path, errors)
    elif kind == BUTTON:
        _check_button(part, path, errors)
    elif kind in SELECTS:
        _check_select(part, path, errors)
    if kind != ROW:
        for place, inner in enumerate(part.get("components") or []):
            _check_part(inner, f"{path}.components.{place}", errors)
    if "accessory" in part:
        _check_part(part["accessory"], f"{path}.accessory", errors)


def _check_row(row: Json, path: str, errors: FormErrors) -> None:
    inner = row.get("components") or []
    menus = [part for part in inner if part.get("type") in SELECTS]
    errors.count(f"{path}.components", len(inner), 1, 1 if menus else BUTTONS)
    for place, part in enumerate(inner):
        if part.get("type") not in {BUTTON, *SELECTS}:
            kinds = sorted({BUTTON, *SELECTS})
            message = f"Value of field type must be one of {tuple(kinds)}."
            errors.add(f"{path}.components.{place}.type", "UNION_TYPE_CHOICES", message)
        _check_part(part, f"{path}.components.{place}", errors)


def _check_button(part: Json, path: str, errors: FormErrors) -> None:
    style = part.get("style")
    if style not in {1, 2, 3, 4, LINK, PREMIUM}:
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
    if style == LINK:
        if "custom_id" in part or not part.get("url"):
            errors.add(path, "COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A link button has a url and no custom id")
    elif style != PREMIUM:
        _check_custom_id(part, path, errors)
    if part.get("label") is not None:
        errors.length(f"{path}.label", part["label"], 0, BUTTON_LABEL)
    if not part.get("label") and not part.get("emoji") and style != PREMIUM:
        errors.add(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji")


def _check_select(part: Json, path: str, errors: FormErrors) -> None:
    _check_custom_id(part, path, errors)
    if part.get("placeholder") is not None:
        errors.length(f"{path}.placeholder", part["placeholder"], 0, PLACEHOLDER)
    least, most = part.get("min_values", 1), part.get("max_values", 1)
    _check_range(f"{path}.min_values", least, 0, OPTIONS, errors)
    _check_range(f"{path}.max_values", most, 1, OPTIONS, errors)
    if part["type"] != SELECT:
        return
    options = part.get("options") or []
    errors.count(f"{path}.options", len(options), 1, OPTIONS)
    for place, option in enumerate(options):
        for key in ("label", "value"):
            errors.length(f"{path}.options.{place}.{key}", option.get(key, ""), 1, OPTION_TEXT)
        if option.get("description") is not None:
            errors.length(f"{path}.options.{place}.description", option["description"], 0, OPTION_TEXT)
    for place in _repeated([option.get("value") for option in options]):
        message = "The specified option value is already used"
        errors.add(f"{path}.options.{place}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
    if sum(bool(option.get("default")) for option in options) > most:
        errors.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More defaults than max_values")
    if most > len(options):
        errors.add(f"{path}.max_values", "SELECT_COMPONENT_MAX_VALUES", "max_values is more than there are options")


def _check_input(part: Json, path: str, errors: FormErrors, *, labelled: bool) -> None:
    if part.get("type") != TEXT_INPUT:
        if not labelled:
            errors.add(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (4,).")
        return
    _check_custom_id(part, path, errors)
    if not labelled:
        errors.length(f"{path}.label", part.get("label", ""), 1, MODAL_LABEL)
    if part.get("style") not in {1, 2}:
        errors.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
    _check_range(f"{path}.min_length", part.get("min_length", 0), 0, MODAL_INPUT, errors)
    _check_range(f"{path}.max_length", part.get("max_length", MODAL_INPUT), 1, MODAL_INPUT, errors)
    if part.get("value") is not None:
        errors.length(f"{path}.value", part["value"], 0, part.get("max_length", MODAL_INPUT))
    if part.get("placeholder") is not None:
        errors.length(f"{path}.placeholder", part["placeholder"], 0, 100)


def _check_v2(components: list[Json], errors: FormErrors) -> None:
    parts = [part for top in components for part in flat(top)]
    errors.count("components", len(parts), 1, V2_PARTS)
    if sum(len(part.get("content", "")) for part in parts if part.get("type") == TEXT_DISPLAY) > V2_TEXT:
        message = f"The total text of all components must be {V2_TEXT} or fewer in length."
        errors.add("components", "COMPONENT_MAX_TOTAL_TEXT_LENGTH", message)


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


def _check_duplicates(components: list[Json], errors: FormErrors) -> None:
    named: list[tuple[str, str]] = []
    for place, top in enumerate(components):
        _collect(top, f"components.{place}", named)
    for place in _repeated([name for _, name in named]):
        message = "Component custom id cannot be duplicated"
        errors.add(f"{named[place][0]}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", message)


def _collect(part: Json, path: str, named: list[tuple[str, str]]) -> None:
    if part.get("custom_id"):
        named.append((path, part["custom_id"]))
    for place, inner in enumerate(part.get("components") or []):
        _collect(inner, f"{path}.components.{place}", named)
    for key in ("accessory", "component"):
        if key in part:
            _collect(part[key], f"{path}.{key}", named)


def _repeated(values: list[Any]) -> list[int]:
    return [place for place, value in enumerate(values) if values.index(value) != place]
