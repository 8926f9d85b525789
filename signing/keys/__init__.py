"""Keys behind one interface."""
