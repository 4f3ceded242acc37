"""How latency and requests grow from 1 to 500 answers at once, as a picture."""

import sys
from pathlib import Path
from typing import Final

from tests.bench.answers import DISCORDS_PER_S, MODEL_S, crowd_of
from tests.bench.crowd import percentile

LIBRARIES: Final = Path(__file__).parents[2] / ".venv" / "picture"
"""Where `make bench` installs what draws: apart from what the bot loads."""
SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 350, 500)


async def measure() -> list[dict[str, float]]:
    """One row a size; seconds."""
    found = []
    for people in SIZES:
        crowd = await crowd_of(people)
        first = crowd.waits("asked_s", "first_text_s")
        final = crowd.waits("model_ended_s", "final_text_s")
        found.append(
            {
                "answers": people,
                "first text, median": percentile(first, 50),
                "first text, p95": percentile(first, 95),
                "final text after the model's end, p95": percentile(final, 95),
                "until the last final text": crowd.last("final_text_s"),
                "requests an answer": crowd.requests / people,
                "lost": crowd.lost,
                "429": crowd.too_many,
            }
        )
    return found


def draw(found: list[dict[str, float]], to: Path) -> None:
    """Draw it as SVG; both axes of the times are logarithmic."""
    sys.path.append(str(LIBRARIES))
    import matplotlib as mpl  # noqa: PLC0415 only a picture needs it

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "causerie", "font.size": 9})
    from matplotlib import pyplot as plt  # noqa: PLC0415 after its backend is chosen

    sizes = [row["answers"] for row in found]
    figure, (times, requests) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name in (
        "first text, median",
        "first text, p95",
        "final text after the model's end, p95",
        "until the last final text",
    ):
        times.plot(sizes, [row[name] for row in found], marker="o", markersize=3, label=name)
    times.plot(
        sizes,
        [MODEL_S + size / DISCORDS_PER_S for size in sizes],
        linestyle=":",
        color="gray",
        label="bound of the last final text",
    )
    times.set(xscale="log", yscale="log", xlabel="answers at once", ylabel="seconds")
    times.legend(fontsize=7)
    requests.plot(sizes, [row["requests an answer"] for row in found], marker="o", markersize=3, color="black")
    requests.set(xscale="log", xlabel="answers at once", ylabel="requests an answer", ylim=(0, None))
    for axes in (times, requests):
        axes.grid(visible=True, linewidth=0.3)
        axes.set_xticks(sizes, [str(int(size)) for size in sizes])
        axes.minorticks_off()
    figure.savefig(to, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def table(found: list[dict[str, float]]) -> str:
    """The same as Markdown."""
    names = list(found[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(f"{row[name]:.4g}" for name in names) + " |" for row in found]
    return "\n".join(lines)
