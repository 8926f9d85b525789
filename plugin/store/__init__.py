"""What must survive: rows, files by digest, the journal, the work to do. File before row, one transaction per act."""

from .engine import Store, create_store, open_store
from .journal import verify_journal
from .transaction import Transaction
from .vault import Vault

__all__ = ["Store", "Transaction", "Vault", "create_store", "open_store", "verify_journal"]
