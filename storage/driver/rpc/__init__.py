"""The gRPC door of the driver: server, servicer, status details."""
