"""Simulators of the outside systems: processes of their own, for the demo and the tests."""
