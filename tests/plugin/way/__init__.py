"""The way of a document, held against a real house: ini, SQLite, vault, keys in files."""
