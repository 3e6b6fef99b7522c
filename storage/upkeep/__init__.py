"""Long work on the installation itself, which no project's job is: the doctor's look, backups and their check."""
