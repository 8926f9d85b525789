"""
The JSON interface under ``/api/v1`` for other systems of the province: disclosures, dossiers, verification, status.

A handler is a plain function that takes a `Call` and returns an `Answer`; `table.py` names each with the scope it needs
and the models it speaks, the OpenAPI document is made from that table, and nothing else is reachable. There is no
cookie, no CORS, and nothing that changes a matter.
"""
