"""Tagging: which disclosure category a document belongs to, and why."""
