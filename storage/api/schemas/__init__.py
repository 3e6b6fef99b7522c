"""Shapes of requests and replies, one module a resource."""
