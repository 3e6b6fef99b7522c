"""Servers of the tests run as they are installed, without pandas, which only clients of the tests need."""

raise ImportError("pandas is not installed for servers")
