"""
The page that clerks, signers and inspectors keep open.

Every function works with links and forms alone; htmx only saves round trips. A page is a plain function that takes a
`Visit` and returns a response; `routes.py` names each with the right it needs, and nothing else is reachable.
"""
