"""One export for each person at a time, until Discord has it."""

import anyio

from actors.panel.exports import SENDING_S, Exports
from discord_api.rest import UPLOAD_S
from messages.ids import InteractionId
from messages.presses import ExportData, Forget
from messages.responder import ShowPanel
from messages.verbs.cancellations import Ended
from messages.verbs.forgetting import ForgetAgreed, ForgetMe
from messages.verbs.person_data import CollectPersonData, DataEntry, DataPage
from storage.store import StorageError
from tests.actors.panel.scene import scene as a_scene
from tests.storage.people import ALICE, BOB
from texts.english import PANELS

FIRST, SECOND = InteractionId(1), InteractionId(2)


def test_one_export_of_a_person_is_under_way_at_a_time() -> None:
    """While it is made, and for as long as Discord may take it; others have theirs meanwhile."""
    exports = Exports()
    assert exports.begin(ALICE, FIRST, 0.0)
    assert not exports.begin(ALICE, SECOND, 1000.0)
    assert exports.begin(BOB, SECOND, 1000.0)
    exports.made(ALICE, 1000.0)
    assert not exports.begin(ALICE, SECOND, 1000.0 + SENDING_S)
    assert exports.begin(ALICE, SECOND, 1001.0 + SENDING_S)
    assert SENDING_S >= UPLOAD_S


def test_whoever_wants_to_be_forgotten_is_sent_no_export_that_was_under_way() -> None:
    """Also where they ask for another one before the first is collected."""
    exports = Exports()
    exports.begin(ALICE, FIRST, 0.0)
    assert exports.is_wanted(ALICE, FIRST)
    exports.give_up(ALICE)
    assert not exports.is_wanted(ALICE, FIRST)
    assert exports.begin(ALICE, SECOND, 0.0)
    assert not exports.is_wanted(ALICE, FIRST)
    assert exports.is_wanted(ALICE, SECOND)


async def test_an_export_that_was_under_way_is_let_go_of_with_the_confirmation() -> None:
    """What was collected before is not sent after it; one that nobody forgot is."""
    for forgets in (True, False):
        async with a_scene() as scene:
            page = DataPage(entries=(DataEntry(path="person.json", text="Canary"),), next=None)
            scene.rows.answers = {CollectPersonData: page, ForgetMe: ForgetAgreed(ended=Ended())}
            scene.rows.delay_s = 0.2
            wanted, forget = scene.pressed(ExportData()), scene.pressed(Forget(newest=0))
            scene.panel.mailbox.post(wanted)
            if forgets:
                scene.panel.mailbox.post(forget)
            await anyio.sleep(3.0)
            heard = [
                one for one in scene.responder.take_all() if one.interaction_id == wanted.interaction.interaction_id
            ]
            panels = [one.panel for one in heard if isinstance(one, ShowPanel)]
            assert [bool(panel.files) for panel in panels] == [not forgets]
            if forgets:
                assert PANELS["privacy.nothing"] in panels[0].text


async def test_whoever_has_an_export_gets_another_one_later() -> None:
    """Not at once, and not never; one that failed is no export."""
    async with a_scene() as scene:
        page = DataPage(entries=(DataEntry(path="person.json", text="Canary"),), next=None)
        for pause_s, answer, has_file in (
            (0.0, StorageError("the disk is full"), False),
            (0.0, page, True),
            (1.0, page, False),
            (SENDING_S, page, True),
        ):
            await anyio.sleep(pause_s)
            scene.rows.answers = {CollectPersonData: answer}
            (shown,) = await scene.answers_to(scene.pressed(ExportData()), within_s=3.0)
            assert isinstance(shown, ShowPanel)
            assert bool(shown.panel.files) == has_file, (pause_s, shown)
