"""The demonstration: a simulated commune over some weeks of compressed time."""
