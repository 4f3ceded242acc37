"""The models that sessions can have."""

import datetime as dt
from pathlib import Path

import pytest
from msgspec.structs import replace

from current import Fixed
from files.folder import Folder
from messages.choices import Choices
from models.api_client import ApiClient
from models.catalogue import Catalogue
from models.kinds import kinds_of
from models.model import KIND_NAMES, Model
from models.offered import check_offered
from models.openai_models import OPENAI_MODELS
from models.temperatures import NONE


def test_without_a_list_there_are_models_and_one_default() -> None:
    """A new installation answers."""
    catalogue = Catalogue(OPENAI_MODELS)
    assert catalogue.get(catalogue.default.name) is catalogue.default
    assert len(list(catalogue)) > 1


def test_the_first_is_the_default_unless_one_says_so() -> None:
    """Order matters only there."""
    one, two = Model(name="one"), Model(name="two", default=True)
    assert Catalogue([one, Model(name="three")]).default is one
    assert Catalogue([one, two]).default is two
    assert Catalogue([one]).get("gone") is None


def test_what_stands_in_no_list_of_ours_fits_discords_menus() -> None:
    """Every model of a new installation has a name, a price and a line that says what it is for."""
    catalogue = Catalogue(OPENAI_MODELS)
    assert catalogue.menu == tuple(catalogue)
    assert len(catalogue.menu) >= 8
    for model in catalogue:
        assert 0 < len(model.shown) <= 100
        assert 0 < len(model.description) <= 100
        if model.kind in ("chat", "code"):
            assert 0 < (model.price_in or 0) < (model.price_out or 0)
        # A prompt and its answer leave room for one another.
        assert model.output_tokens < model.context_tokens


def test_new_sessions_start_with_the_cheapest() -> None:
    """Nobody is made to pay more than they chose to."""
    catalogue = Catalogue(OPENAI_MODELS)
    assert catalogue.default.price_out == min(model.price_out or 0 for model in catalogue if model.kind == "chat")
    assert catalogue.default in catalogue.menu


JULY = dt.date(2027, 7, 1)


def test_a_model_that_has_ended_is_no_longer_shown_in_menus() -> None:
    """From the day on which it ends; sessions that have it keep it, and the server's word counts more than the table's."""
    catalogue = Catalogue([Model(name="a"), Model(name="b", shutdown_date=JULY), Model(name="c", shutdown_date=JULY)])
    catalogue.learn_shutdowns({"c": dt.date(2028, 1, 1)}, JULY - dt.timedelta(days=1))
    assert [model.name for model in catalogue.menu] == ["a", "b", "c"]
    catalogue.learn_shutdowns({}, JULY)
    assert [model.name for model in catalogue.menu] == ["a", "c"]
    assert [catalogue.has_ended(name) for name in "abc"] == [False, True, False]
    assert catalogue.get("b") is not None
    assert catalogue.default is catalogue.get("a")


def test_a_default_that_has_ended_gives_way_to_the_first_that_chats() -> None:
    """Where all have ended it stays what it is."""
    models = [Model(name="a", shutdown_date=JULY), Model(name="b", kind="embedding"), Model(name="c")]
    for listed, default, before in ((models, "c", "a"), (models[:1], "a", None), (models[1:], "c", None)):
        catalogue = Catalogue(listed)
        catalogue.learn_shutdowns({}, JULY)
        left = catalogue.leave_ended_default()
        assert (catalogue.default.name, left and left.name) == (default, before)


def test_menus_show_models_that_have_ended_rather_than_none() -> None:
    """A clock that is wrong does not leave people without a model."""
    catalogue = Catalogue([Model(name="a", shutdown_date=JULY)])
    catalogue.learn_shutdowns({}, JULY)
    assert [model.name for model in catalogue.menu] == ["a"]


def test_a_model_that_menus_hide_is_still_there() -> None:
    """Sessions that have it go on; nobody can choose it."""
    hidden, listed = Model(name="hidden", menu=False), Model(name="shown", label="Shown")
    catalogue = Catalogue([hidden, listed])
    assert catalogue.menu == (listed,)
    assert catalogue.get("hidden") is hidden
    assert (hidden.shown, listed.shown) == ("hidden", "Shown")


def test_menus_may_have_any_number_of_models() -> None:
    """They have pages."""
    assert len(Catalogue([Model(name=f"m{number}") for number in range(60)]).menu) == 60


@pytest.mark.parametrize("kind", ["chat", "code", "completion", "image"])
def test_what_answers_people_may_be_the_default(kind: str) -> None:
    """It is where it says so; where none does, a model that chats comes before the others."""
    one = Model(name="a", kind=kind, default=True)
    assert Catalogue([Model(name="b"), one]).default == one
    silent = replace(one, default=False)
    assert Catalogue([Model(name="e", kind="embedding"), silent]).default == silent
    assert Catalogue([silent, Model(name="b")]).default.kind == "chat"


@pytest.mark.parametrize("size", ["default", "auto", "1024x1024", "2K", "16:9"])
def test_sizes_of_other_servers_can_be_offered(size: str) -> None:
    """Whatever may be one."""
    assert Catalogue([Model(name="a", kind="image", sizes=(size,))]).default.sizes == (size,)


def test_a_kind_says_what_its_models_do_not() -> None:
    """How much they read."""
    assert Model(name="m").context_tokens == 128_000
    assert Model(name="m", context_tokens=4_096).context_tokens == 4_096


@pytest.mark.parametrize(
    ("models", "named"),
    [
        ([Model(name=" ")], "name"),
        ([Model(name="a"), Model(name="a")], "twice"),
        ([Model(name="a", default=True), Model(name="b", default=True)], "default"),
        ([Model(name="a", context_tokens=10)], "context_tokens"),
        ([Model(name="a", reasoning_tokens=-1)], "reasoning_tokens"),
        ([Model(name="a", price_in=-0.1)], "price_in"),
        ([Model(name="a", price_picture=1_000_001)], "price_picture of 'a' is 1000001; it must be from 0 to 1,000,000"),
        ([Model(name="a", price_out=float("inf"))], "price_out"),
        ([Model(name="a", price_out=float("nan"))], "price_out"),
        ([Model(name="a" * 101)], "name"),
        ([Model(name="a\nb")], "name"),
        ([Model(name="a", label="b" * 101)], "label"),
        ([Model(name="a", label="  ")], "label"),
        ([Model(name="a", description="b" * 101)], "description"),
        ([Model(name="a", description="b\tc")], "description"),
        ([Model(name="a", menu=False)], "menu"),
        ([Model(name="a", kind="painting")], "kind of 'a' is 'painting'; it must be one of: chat"),
        ([Model(name="…page 2")], "begins like an option"),
        ([Model(name="a", kind="image", sizes=("big",))], "sizes of 'a' has 'big', which is no size"),
        (
            [Model(name="a", efforts=("low", "hihg"))],
            "efforts of 'a' has 'hihg'; it may have: default, none, minimal, low,",
        ),
        *(
            (
                [Model(name="a", kind=kind, default=True), Model(name="b")],
                f"'a' is the default, and models of the kind {kind} do not",
            )
            for kind in ("embedding", "moderation", "speech", "transcription")
        ),
        ([Model(name="a", kind="embedding"), Model(name="b", kind="speech")], "none of them answers what people write"),
    ],
)
def test_a_wrong_list_is_refused_with_a_sentence(models: list[Model], named: str) -> None:
    """Naming the key."""
    with pytest.raises(ValueError, match=named) as refused:
        Catalogue(models)
    assert "\n" not in str(refused.value)


async def test_each_kind_that_a_model_may_have_has_something_that_asks_it(tmp_path: Path) -> None:
    """The configuration is checked against the names; the table is what asks."""
    client = ApiClient(base_url="http://127.0.0.1:1/v1", key="sk-test")
    assert tuple(kinds_of(client, files=Folder(tmp_path), thinking_s=Fixed(1.0))) == KIND_NAMES
    await client.close()
    assert {model.kind for model in Catalogue(OPENAI_MODELS)} <= set(KIND_NAMES)


def test_a_session_has_what_its_model_offers_and_else_the_first() -> None:
    """What was chosen for another model counts only where this one offers it; `default` says nothing to the API."""
    model = Model(name="m", efforts=("default", "high"), sizes=("auto", "1024x1024"))
    chosen = Choices(effort="high", size="512x512", quality="low")
    assert [model.present(setting, chosen) for setting in ("effort", "size", "quality")] == ["high", "auto", ""]
    assert model.asked(chosen) == Choices(effort="high", size="auto")
    assert model.asked(Choices()) == Choices(size="auto")


@pytest.mark.parametrize(
    ("key", "offered", "complaint"),
    [
        ("sizes", tuple(map(str, range(26))), "sizes of 'm' has 26 entries"),
        ("sizes", ("",), "sizes of 'm' has an entry that is no word"),
        ("qualities", ("x" * 41,), "qualities of 'm' has an entry that is no word"),
        ("qualities", ("low\n",), "qualities of 'm' has an entry that is no word"),
        ("sizes", ("auto", "auto"), "sizes of 'm' lists 'auto' twice"),
    ],
)
def test_what_no_menu_can_offer_is_refused(key: str, offered: tuple[str, ...], complaint: str) -> None:
    """A menu holds 25 options, each of its own, with a name in front."""
    with pytest.raises(ValueError, match=complaint):
        check_offered("m", Model(name="m", **{key: offered}))  # type: ignore[arg-type]


def test_another_list_knows_what_the_server_has_taught() -> None:
    """When its models end and which temperatures they take; nothing of a model that is listed no more."""
    today = dt.date(2026, 11, 27)
    before = Catalogue([Model(name="stays"), Model(name="ends"), Model(name="goes")])
    before.learn_shutdowns({"ends": today, "goes": today}, today)
    for name in ("stays", "goes"):
        before.learn_temperatures(name, NONE)
    after = Catalogue([Model(name="stays"), Model(name="ends"), Model(name="new")])
    after.inherit(before.learnt, today)
    assert [model.name for model in after.menu] == ["stays", "new"]
    assert after.has_ended("ends")
    assert not after.takes_temperature("stays", 0.5)
    assert after.takes_temperature("new", 0.5)
    assert "goes" not in after.learnt.temperatures
    assert before.learnt.shutdowns.keys() == {"ends", "goes"}


def test_the_servers_own_list_lives_on_where_the_operator_still_names_none() -> None:
    """Nobody waits for the server to be asked again; a list of the operator's takes its place."""
    today = dt.date(2026, 11, 27)
    before = Catalogue()
    before.learn([Model.listed("llama", 4096, "chat", vision=None), Model.listed("qwen", 4096, "chat", vision=None)])
    after = Catalogue()
    after.inherit(before.learnt, today)
    assert not after.is_waiting
    assert (after.menu, after.default) == (before.menu, before.default)
    for name in ("server-default", "llama", "qwen"):
        assert after.get(name) == before.get(name)
        assert after.get(name) is not None
    named = Catalogue([Model(name="mine")])
    named.inherit(before.learnt, today)
    assert [model.name for model in named] == ["mine"]
    waiting = Catalogue()
    waiting.inherit(named.learnt, today)
    assert waiting.is_waiting
