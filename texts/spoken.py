"""What of an answer is read aloud: its words, without code, addresses and formatting. Pure."""

import re
from typing import Final

from texts.characters import is_blank

_CODE_BLOCK: Final = re.compile(r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_ADDRESS: Final = re.compile(r"<?https?://[^\s>]+>?")
_MENTION: Final = re.compile(r"<(?:[@#][!&]?|a?:\w+:|t:)[^>\n]*>")
_LINE_MARKS: Final = re.compile(r"^[ \t]*(?:(?:#{1,6}|-#|>{1,3}|[-*+])[ \t]+)+", re.MULTILINE)
_RULE: Final = re.compile(r"^[ \t]*(?:[-*_=|:][ \t]*){3,}$", re.MULTILINE)
_MARKS: Final = re.compile(r"\*{1,3}|_{2}|~~|\|\||`+|(?<!\w)_|_(?!\w)|\\(?=[^\w\s])")
_END: Final = re.compile(r"[。！？]|[.!?…](?=\s|$|[\"'])|\n")
_BLANKS: Final = re.compile(r"[ \t]{2,}")
_LINES: Final = re.compile(r"\s*\n\s*")


def spoken(text: str) -> str:
    """Return what is read aloud of a text.

    Code blocks and addresses are left out, and of links only the words stay. Empty where there is nothing to read.
    """
    text = _CODE_BLOCK.sub("\n", text)
    text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub(" ", text)
    text = _MENTION.sub(" ", text)
    text = _RULE.sub("", text)
    text = _LINE_MARKS.sub("", text)
    text = _MARKS.sub("", text).replace("|", " ")
    text = _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()
    return "" if is_blank(text) else text


def beginning(text: str, chars_max: int) -> str:
    """Return at most so many code points of a text: up to the end of a sentence, where one ends in the second half of them."""
    if len(text) <= chars_max:
        return text
    text = text[:chars_max]
    end = max((found.end() for found in _END.finditer(text)), default=0)
    return text[:end].rstrip() if end > chars_max // 2 else text
