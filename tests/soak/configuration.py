"""The settings of the bot in the soak, as pieces of its TOML file."""

from typing import Final

RETENTION_DAYS: Final = 2
BACKUPS_KEPT: Final = 3

CONFIG: Final = """
[[models]]
name = "gpt-4o-mini"
api = "responses"
context_tokens = 8000
vision = true
price_in = 1.0
price_out = 2.0
default = true

[[models]]
name = "gpt-image-2"
kind = "image"
label = "Painter"
output_tokens = 2000
price_in = 5.0
price_out = 30.0

[[models]]
name = "codex"
kind = "code"
label = "Coder"
context_tokens = 8000
vision = true
price_in = 1.0
price_out = 2.0

[[models]]
name = "text-embedding-3-small"
kind = "embedding"
label = "Embedder"
price_in = 1.0
price_out = 2.0

[[models]]
name = "gpt-transcribe"
kind = "transcription"
price_minute = 0.0045

[[models]]
name = "tts-1"
kind = "speech"
price_characters = 15.0

[limits]
questions_per_minute = 100000
queue_cap = {queue_cap}
stream_grace_s = 1.0

[retention]
days = {retention_days}

[backups]
keep = {backups_kept}
folder = "{backups}"
"""
"""A context of 8,000 tokens: requests stay small, and the oldest turns are left out of long sessions."""

ONE_MODEL_MORE: Final = """
[[models]]
name = "gpt-4.1"
context_tokens = 8000
price_in = 1.0
price_out = 2.0
"""
"""What every second reload brings, and every other one takes away. Nobody asks it."""

WATCHED: Final = """
[telemetry]
metrics_port = 0
"""

MODERATION: Final = """
[moderation]
direct_messages = "block"
warn = {warn}
block = {block}
"""

BUDGET: Final = """
[[budgets]]
scope = "{scope}"
period = "day"
tokens = {tokens}
"""
