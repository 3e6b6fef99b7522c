"""Servers of the tests run as they are installed; only tools of developers need this."""

raise ImportError("docutils is not installed for servers")
