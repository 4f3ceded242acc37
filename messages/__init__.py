"""Every typed message that crosses a mailbox: frozen Structs of plain data, one union an actor.

Facts are in the past tense, requests imperative. A docstring says what happened, who sends it, who hears it.
"""
