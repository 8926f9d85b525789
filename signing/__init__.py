"""Digital signatures: XAdES, ASiC-E, keys, trust, validation. Knows nothing of dossiers."""
