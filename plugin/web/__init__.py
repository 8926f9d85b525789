"""
The page that clerks, signers and inspectors keep open.

Every function works with links and forms alone; a few lines of script of our own add keys, and nothing else. A page is
a plain function that takes a `Visit` and returns a response; `routes.py` names each with the right it needs, and
nothing else is reachable.
"""
