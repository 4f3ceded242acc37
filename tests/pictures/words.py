"""What is asked in the pictures, and what the scripted model answers.

The sandbox's own model is too small for answers that anybody would want to read. So these were written by hand; everything
else in the pictures is what the bot really did. The panels in them call the model *Scripted model*, and docs/README.md says it, too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from texts.say import DEFAULT_LOCALE, Locale

LANGUAGES: Final = Path(__file__).parents[2] / "sandbox" / "page" / "languages"


class Words(Struct, frozen=True, kw_only=True):
    """What is asked and answered in the pictures of one language; `browser` is what the browser calls the language."""

    locale: Locale
    browser: str
    label: str
    description: str
    """What the panels call the scripted model, and say of it in its menu."""
    deltas_per_s: float
    """How fast it answers, four characters each: about as fast as people know it."""
    sky: str
    sky_middle: str
    """What stands in the middle of the answer about the sky: there the picture of a growing answer is taken, and the bot is killed."""
    trip: str
    trip_more: str
    code: str
    notes: str
    notes_name: str
    notes_file: str
    surprise: str
    paint: str
    vector: str
    judged: str
    think: str
    answers: Mapping[str, str]

    def page(self, key: str, **values: object) -> str:
        """Return what the page calls something, by the key in its `languages/`."""
        return str(json.loads((LANGUAGES / f"{self.browser}.json").read_text(encoding="utf-8"))[key]).format(**values)


LABEL: Final = "Scripted model"

SKY: Final = "Why is the sky blue? Explain it to a child."
SKY_ANSWER: Final = """\
Sunlight looks white, but **all the colours of the rainbow** are hidden in it. 🌈

On its way down to you the light has to pass through the air. The air is full of tiny bits, far too small to see, and the light \
bumps into them:

- **Red light** is lazy. It strolls straight on and hardly notices the bits.
- **Blue light** is wild. It bounces off them in every direction, like a ball among trees.

So when you look up, blue light comes to your eyes from everywhere, and the whole sky looks blue."""

TRIP: Final = "We have one rainy Sunday in Lisbon. What should we do?"
TRIP_ANSWER: Final = """\
A rainy Sunday is a good day for tiles and pastries:

1. **Morning**: the *tile museum*, in an old convent. It is dry, quiet and very blue.
2. **Lunch**: any small place with a handwritten menu. Order the soup.
3. **Afternoon**: ride tram 28 from end to end and watch the hills through wet windows.
4. **Later**: custard tarts, warm, with cinnamon."""
TRIP_MORE: Final = "And if it stops raining?"
TRIP_MORE_ANSWER: Final = """\
Then leave the tram at the *Graça* viewpoint instead, and take the tarts with you. The city is at its best right after the rain."""

CODE: Final = "Write a Python function that says whether a word is a palindrome."
CODE_ANSWER: Final = """\
```python
def is_palindrome(word: str) -> bool:
    letters = [it for it in word.casefold() if it.isalnum()]
    return letters == letters[::-1]
```
`casefold` makes it ignore capitals, and `isalnum` spaces and punctuation, so it also says yes to *"Never odd or even"*."""

NOTES: Final = "What did we decide, and who does what?"
NOTES_FILE: Final = """\
# Garden club, November meeting

- The compost bins move behind the shed. Bob asks his brother for a van.
- We plant garlic this month. Alice orders the cloves.
- No decision about the pond; again in January.
"""
NOTES_ANSWER: Final = """\
You decided two things:

- **Bob**: the compost bins move behind the shed, and he asks his brother for a van.
- **Alice**: garlic is planted this month, and she orders the cloves.

The pond stays open until January."""

SURPRISE: Final = "Help me with a birthday surprise for Bob. He must not know!"
SURPRISE_ANSWER: Final = """\
My lips are sealed. 🤫 A few questions first: what does he talk about when nobody asked, whom does he miss, and is there a \
day on which he is never at home?"""

HEARD: Final = "No model listened"
"""What stands for a recording's text, because the sandbox has no model that listens."""
HEARD_ANSWER: Final = """\
Here I learn only how large your recording is. Where the bot has a model that listens, I read what you said and answer that."""

PAINT: Final = "A lighthouse at night"
VECTOR: Final = "Boats in the harbour"
JUDGED: Final = "Something hateful"
THINK: Final = "How many ways are there to give change for a euro?"

ENGLISH: Final = Words(
    locale=DEFAULT_LOCALE,
    browser="en-US",
    label=LABEL,
    description="Answers from a script",
    deltas_per_s=30.0,
    sky=SKY,
    sky_middle="Red light",
    trip=TRIP,
    trip_more=TRIP_MORE,
    code=CODE,
    notes=NOTES,
    notes_name="meeting.md",
    notes_file=NOTES_FILE,
    surprise=SURPRISE,
    paint=PAINT,
    vector=VECTOR,
    judged=JUDGED,
    think=THINK,
    answers={
        SKY: SKY_ANSWER,
        TRIP: TRIP_ANSWER,
        TRIP_MORE: TRIP_MORE_ANSWER,
        CODE: CODE_ANSWER,
        NOTES: NOTES_ANSWER,
        SURPRISE: SURPRISE_ANSWER,
        HEARD: HEARD_ANSWER,
    },
)
