"""Every typed message that crosses a mailbox: frozen Structs of plain data, one union an actor.

The name of a fact is in the past tense, that of a request is imperative. A docstring says what happened or what is wanted,
who sends it and who receives it.
"""
