"""The HTTP door of the driver: the same commands as protobuf JSON."""
