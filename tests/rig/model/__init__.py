"""A small OpenAI on loopback for tests: scripted answers, faults, and streams held by hand."""

from tests.rig.model.gate import Gate
from tests.rig.model.record import ModelRequest
from tests.rig.model.script import Script
from tests.rig.model.server import ModelSandbox

__all__ = ["Gate", "ModelRequest", "ModelSandbox", "Script"]
