"""Another process that writes as this bot is told from this process's own posts, and from an earlier one's."""

from typing import Any

from discord_api import own_posts
from discord_api.own_posts import REMEMBERED, OwnPosts


def posted(nonce: str | None, reply_to: str | None) -> dict[str, Any]:
    """Return a message of the bot's as Discord sends it."""
    reference = None if reply_to is None else {"message_id": reply_to}
    return {"id": "9", "nonce": nonce, "message_reference": reference}


def test_an_answer_that_this_process_did_not_post_is_anothers() -> None:
    """To a question that it has seen come; whether or not it answers the question itself."""
    posts = OwnPosts()
    posts.heard({"id": "1"})
    posts.posting("one")
    assert posts.is_anothers(posted("another", "1"))
    assert not posts.is_anothers(posted("one", "1"))


def test_what_may_be_this_processs_or_an_earlier_ones_is_not_anothers() -> None:
    """An answer to what was written before this process listened, a panel, and what has no nonce."""
    posts = OwnPosts()
    posts.heard({"id": "1"})
    assert not posts.is_anothers(posted("another", "0"))
    assert not posts.is_anothers(posted("another", None))
    assert not posts.is_anothers(posted(None, "1"))


def test_no_more_is_remembered_than_the_latest() -> None:
    """A busy bot sees millions of messages."""
    posts = OwnPosts()
    for number in range(REMEMBERED + 1):
        posts.heard({"id": str(number)})
        posts.posting(str(number))
    assert len(posts._seen) == len(posts._nonces) == own_posts.REMEMBERED
    assert not posts.is_anothers(posted("another", "0"))
    assert posts.is_anothers(posted("another", str(REMEMBERED)))
