"""The ini file: schema, reading, secrets by reference."""
