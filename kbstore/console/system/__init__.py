"""The pages about the installation itself; importing registers them."""

from kbstore.console.system import backups, dashboard_parts, doctor, metrics, runs, settings, versions

__all__ = ["backups", "dashboard_parts", "doctor", "metrics", "runs", "settings", "versions"]
