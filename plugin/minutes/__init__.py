"""Minutes (biên bản), the results report and the dossier index: XML, schema and PDF rendition."""
