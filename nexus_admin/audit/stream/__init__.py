"""The ledger as a stream: its entries in the order of their chain, to be read and followed, and never written."""
