"""Backups: taken while the server runs, consistent, checked byte by byte before anything is put back."""
