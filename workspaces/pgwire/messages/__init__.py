"""The messages of PostgreSQL's protocol 3: bytes to values and values to bytes, no socket and no state."""
