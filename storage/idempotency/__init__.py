"""Requests that are answered once: the claim on an idempotency key, the stored answer, the sweep."""
