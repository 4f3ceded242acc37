"""What the terminal commands beside `run`, `sandbox` and `start` do: `causerie invite`, `check`, `settings` and `init`, one file each.

The slash commands that people use in Discord are elsewhere, in `actors/panel/commands.py`.
"""
