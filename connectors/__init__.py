"""Connectors to outside document systems, each a plugin with its simulator beside it."""
