"""A small OpenAI on loopback for tests: scripted answers, faults, and streams held by hand."""

from sandbox.model.gate import Gate
from sandbox.model.record import ModelRequest
from sandbox.model.script import Script
from sandbox.model.server import ModelSandbox

__all__ = ["Gate", "ModelRequest", "ModelSandbox", "Script"]
