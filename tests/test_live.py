"""One value that is replaced whole, and its parts."""

import anyio

from live import Live


async def test_whoever_follows_a_value_hears_of_each_change_also_of_one_that_came_before() -> None:
    """What was seen last is compared with what is there, so that nobody sleeps through a change."""
    live = Live("one")
    seen = live.value
    live.replace("two")
    with anyio.fail_after(1):
        await live.changed(seen)
    heard: list[str] = []

    async def follow() -> None:
        value = live.value
        while value != "four":
            await live.changed(value)
            value = live.value
            heard.append(value)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        for value in ("three", "four"):
            await anyio.wait_all_tasks_blocked()
            live.replace(value)
    assert heard == ["three", "four"]


async def test_a_part_is_that_of_the_value_in_force_and_changes_only_with_it() -> None:
    """A change elsewhere in the value wakes nobody who follows the part."""
    kept = ("kept",)
    live = Live((kept, 1))
    part = live.part(lambda whole: whole[0])
    woken: list[tuple[str, ...]] = []

    async def follow() -> None:
        await part.changed(kept)
        woken.append(part.value)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        live.replace((kept, 2))
        await anyio.wait_all_tasks_blocked()
        assert not woken
        live.replace((("other",), 2))
    assert woken == [("other",)]
