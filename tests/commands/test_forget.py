"""`causerie forget`: where no bot runs it erases by itself, and where one runs it asks that and waits."""

from pathlib import Path

import anyio.to_thread
import pytest

from messages.verbs.replies import RecordDelivered
from storage import forgotten
from storage.sqlite import open_store
from tests.commands.process import causerie
from tests.conversation.panels import begin
from tests.rig.town import Town
from tests.rig.town import town as a_town
from tests.storage.people import ALICE, LIMITS, accept, finish, set_status, take


def data_with_alice(folder: Path) -> Path:
    """Make the data of a stopped bot to which Alice wrote."""
    data = folder / "data"
    rows = open_store(data / "causerie.db", LIMITS)
    set_status(rows, "new")
    turn = finish(rows, take(rows, accept(rows, 1, "Canary?").session), "Canary!")
    rows.perform(RecordDelivered(turn=turn.turn))
    rows.close()
    return data


def test_without_a_bot_it_erases_and_lists_by_itself(tmp_path: Path) -> None:
    """A second time there is nothing left to do."""
    data = data_with_alice(tmp_path)
    for _ in range(2):
        ended = causerie(tmp_path, "forget", str(ALICE), variables={"CAUSERIE_DATA": str(data)})
        assert ended.returncode == 0, ended.stderr
        assert f"Nothing of {ALICE} is left" in ended.stdout
    assert not any(b"Canary" in path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert {one.person for one in forgotten.forgotten(data)} == {ALICE}


def test_a_file_that_cannot_be_deleted_is_named_and_everything_else_is_erased(tmp_path: Path) -> None:
    """Without a bot, too; `causerie doctor` says it until the file is gone and the command is run again."""
    data = data_with_alice(tmp_path)
    in_the_way = data / "files" / ("a" * 32)
    in_the_way.mkdir(parents=True)
    rows = open_store(data / "causerie.db", LIMITS)
    sql = "INSERT INTO kept_file (name, session, turn, person, bytes) SELECT ?, id, 1, creator, 5 FROM session"
    rows._connection.execute(sql, (in_the_way.name,))
    rows.close()
    ended = causerie(tmp_path, "forget", str(ALICE), variables={"CAUSERIE_DATA": str(data)})
    assert ended.returncode != 0
    assert str(in_the_way) in ended.stderr
    assert b"Canary" not in (data / "causerie.db").read_bytes()
    said = causerie(tmp_path, "doctor", variables={"CAUSERIE_DATA": str(data)}).stdout
    assert f"{in_the_way} is to be removed, and cannot be" in " ".join(said.replace("'", "").split())
    in_the_way.rmdir()
    ended = causerie(tmp_path, "forget", str(ALICE), variables={"CAUSERIE_DATA": str(data)})
    assert ended.returncode == 0, ended.stderr
    said = causerie(tmp_path, "doctor", variables={"CAUSERIE_DATA": str(data)}).stdout
    assert "is to be removed" not in said


@pytest.mark.parametrize("written", ["", "Alice", "-5", "0", "9" * 30, "../forget-5"])
def test_what_is_no_id_is_refused(tmp_path: Path, written: str) -> None:
    """In a line that says where to find one; nothing is made."""
    ended = causerie(tmp_path, "forget", "--", written, variables={"CAUSERIE_DATA": str(tmp_path / "data")})
    assert ended.returncode == 2
    assert "Copy User ID" in ended.stderr
    assert not (tmp_path / "data").exists()


async def forget_beside(town: Town, person: int) -> str:
    """Run the command beside the town's bot."""
    ended = await anyio.to_thread.run_sync(
        lambda: causerie(town.data.parent, "forget", str(person), variables={"CAUSERIE_DATA": str(town.data)})
    )
    assert ended.returncode == 0, ended.stderr
    return str(ended.stdout)


async def test_beside_a_running_bot_it_asks_that_and_waits(tmp_path: Path) -> None:
    """The one process that writes does it; others keep what is theirs, and no request is left."""
    async with a_town(tmp_path) as town:
        await town.start()
        await begin(town, town.bob, town.general, "Bobolink")
        await begin(town, town.alice, town.general, "Canary")
        assert "is left" in await forget_beside(town, town.alice.id)
        files = [path for path in town.data.rglob("*") if path.is_file()]
        assert not any(b"Canary" in path.read_bytes() for path in files)
        assert any(b"Bobolink" in path.read_bytes() for path in files)
        assert not [path for path in files if path.name.startswith("forget-") or path.name.startswith("forgetting-")]
