"""One module per group of commands; each is imported when its group is named on the command line."""
