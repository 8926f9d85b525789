"""The host: hooks, records, configuration, store, and the way of a document from intake to the filed dossier."""
