"""Layouts: messages that are components and nothing else. Discord, "Component Reference", flag IS_COMPONENTS_V2.

The sandbox knows those parts of layouts that this bot uses.
"""

from sandbox.discord.component_forms import CONTAINER, ROW, SEPARATOR, check_duplicates, check_row, number
from sandbox.discord.refusals import UNSUPPORTED, FormErrors
from sandbox.discord.things import Json, parts_of

TEXT, GALLERY, FILE = 10, 12, 13

COMPONENTS, TEXT_CHARS, GALLERY_ITEMS, DESCRIPTION = 40, 4000, 10, 1024
"""Of a message, all that are in others counted; of all its texts together."""

ATTACHED = "attachment://"


def check_layout(components: list[Json], names: set[str], errors: FormErrors) -> list[Json]:
    """Note what is wrong with a layout whose message has files of these names; return it with an `id` for each component."""
    errors.count("components", len(list(parts_of(components))), 1, COMPONENTS)
    said = sum(len(part.get("content") or "") for part in parts_of(components) if part.get("type") == TEXT)
    if said > TEXT_CHARS:
        errors.add("components", "COMPONENT_MAX_TOTAL_TEXT_SIZE", f"Texts have at most {TEXT_CHARS} characters in all.")
    for index, part in enumerate(components):
        _check(part, f"components.{index}", names, errors, is_inside=False)
    check_duplicates(components, errors)
    return number(components)


def text_of(components: list[Json]) -> str:
    """Return what people read of a layout."""
    return "\n".join(part["content"].strip() for part in parts_of(components) if part.get("type") == TEXT)


def _check(part: Json, path: str, names: set[str], errors: FormErrors, *, is_inside: bool) -> None:
    match part.get("type"):
        case 1:
            check_row(part, path, errors)
        case 10:
            errors.length(f"{path}.content", part.get("content", ""), 1, TEXT_CHARS)
        case 12:
            items = part.get("items") or []
            errors.count(f"{path}.items", len(items), 1, GALLERY_ITEMS)
            for index, item in enumerate(items):
                _check_attached(item.get("media"), f"{path}.items.{index}.media", names, errors)
                errors.length(f"{path}.items.{index}.description", item.get("description") or "", 0, DESCRIPTION)
        case 13:
            _check_attached(part.get("file"), f"{path}.file", names, errors)
        case 14:
            pass
        case 17 if not is_inside:
            inner = part.get("components") or []
            errors.count(f"{path}.components", len(inner), 1, COMPONENTS)
            for index, one in enumerate(inner):
                _check(one, f"{path}.components.{index}", names, errors, is_inside=True)
        case kind:
            known = (ROW, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
            errors.add(f"{path}.type", UNSUPPORTED, f"The sandbox knows {known} here, not {kind}.")


def _check_attached(media: Json | None, path: str, names: set[str], errors: FormErrors) -> None:
    url = str((media or {}).get("url") or "")
    if not url.startswith(ATTACHED) or url.removeprefix(ATTACHED) not in names:
        message = "The referenced attachment was not found"
        errors.add(f"{path}.url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
