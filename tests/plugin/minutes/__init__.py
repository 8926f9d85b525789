"""Papers with invented people: their XML, their PDF, their numbers."""
