"""The ZIP of an export: all of it where there is room, and never more memory than that."""

import io
import random
import tracemalloc
import zipfile
from pathlib import Path

from files.folder import Folder
from files.person_export import Export
from messages.verbs.person_data import DataEntry

MEGABYTE = 1_000_000


def noise(seed: int, size: int) -> str:
    """Text that hardly shrinks."""
    return random.Random(seed).randbytes(size // 2).hex()


def test_parts_of_a_text_stand_in_one_file_in_their_order(tmp_path: Path) -> None:
    """Also where they came in several pages, and beside files."""
    folder = Folder(tmp_path)
    folder.make()
    (tmp_path / f"{1:032x}.png").write_bytes(b"a picture")
    export = Export(MEGABYTE)
    export.add([DataEntry(path="one", text="first\n"), DataEntry(path="one", text="second \ud800\n")], folder)
    export.add([DataEntry(path="one", text="third\n"), DataEntry(path="two", text="é" * MEGABYTE)], folder)
    export.add([DataEntry(path=f"files/{1:032x}.png", stored=f"{1:032x}.png")], folder)
    export.add([DataEntry(path="three", text="last\n")], folder)
    with zipfile.ZipFile(io.BytesIO(export.content())) as archive:
        assert archive.namelist() == ["one", "two", f"files/{1:032x}.png", "three"]
        assert archive.read("one").decode() == "first\nsecond ?\nthird\n"
        assert archive.read("two").decode() == "é" * MEGABYTE
        assert archive.read(f"files/{1:032x}.png") == b"a picture"
        assert archive.read("three") == b"last\n"
    assert export.left_out == 0


def test_a_text_without_end_takes_no_more_memory_than_the_export_may_have(tmp_path: Path) -> None:
    """What has no room is counted, and what follows is there."""
    export = Export(MEGABYTE)
    export.add([DataEntry(path="small", text="before\n")], Folder(tmp_path))
    tracemalloc.start()
    for number in range(40):
        export.add([DataEntry(path="huge", text=noise(number, MEGABYTE))], Folder(tmp_path))
    export.add([DataEntry(path="after", text="after\n")], Folder(tmp_path))
    content = export.content()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MEGABYTE
    assert len(content) <= MEGABYTE
    assert export.left_out == 1
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["small", "after"]
