"""Talks to OpenAI, or to any server with the same API: one file a kind of model, and the catalogue of them."""
