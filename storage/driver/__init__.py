"""The storage driver: the door through which a Keboola Connection host drives kbstore, over gRPC and over HTTP."""
