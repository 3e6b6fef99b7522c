"""Sessions of SQL clients: what each message of the protocol does in a workspace."""
