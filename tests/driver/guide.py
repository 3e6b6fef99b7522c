"""Writes the transcript of docs/driver.md: `python -m tests.driver.guide` plays the host through both doors."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from google.protobuf import text_format
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from storage.driver.messages import TYPE_PREFIX
from tests.cast import start_server
from tests.driver.connection_host import ConnectionHost, Step
from tests.driver.doors import BridgeDoor, GrpcDoor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "driver.md"
BEGIN, END = "<!-- transcript: make driver-guide -->", "<!-- end of the transcript -->"

#: What differs from one run to the next.
_RANDOM = (
    (re.compile(r"(proj_\w+?_admin_)[0-9a-f]{32}"), r"\1<32 hex digits>"),
    (re.compile(r"(ws_\w+?_)[0-9a-f]{8}\b"), r"\1<8 hex digits>"),
    (re.compile(r'(workspacePassword"?: ?")[^"]+'), r"\1<shown once>"),
    (re.compile(r'(timestamp"?: ?"?)\d{10}'), r"\g<1>1795300000"),
    (re.compile(r'(duration"?: ?")[0-9.]+(s?)'), r"\g<1>0.012\2"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "2026-11-21 12:00:00"),
    (re.compile(r"\b\d+(\.\d+)? ms\b"), "12 ms"),
)


def transcript() -> str:
    """The sections of the page: what a host sends and gets, through the bridge and over gRPC."""
    with tempfile.TemporaryDirectory() as scratch:
        server = start_server(Path(scratch), GRPC_ENABLED="true")
        try:
            bridge = ConnectionHost(BridgeDoor(server), server.http, "1001", "1002")
            grpc = ConnectionHost(GrpcDoor(server), server.http, "2001", "2002")
            bridge.play()
            grpc.play()
        finally:
            server.stop()
    return "\n".join(_sections(bridge.steps, grpc.steps))


def _sections(through_bridge: list[Step], over_grpc: list[Step]) -> Iterator[str]:
    pairs = zip(through_bridge, over_grpc, strict=True)
    for heading, steps in groupby(pairs, key=lambda pair: pair[0].heading):
        yield f"### {heading}\n"
        for bridge, grpc in steps:
            yield f"**{bridge.command.DESCRIPTOR.name.removesuffix('Command')}**\n"
            yield "```\n" + "\n".join((*_json_lines(bridge), *_text_lines(grpc))) + "\n```\n"


def _json_lines(step: Step) -> Iterator[str]:
    fields = {"type": step.command.DESCRIPTOR.name, **MessageToDict(step.command)}
    yield _steady("HTTP > " + json.dumps({"command": fields}))
    result = None if step.told.result is None else MessageToDict(step.told.result)
    messages = [{"level": level, "message": text} for level, text in step.told.messages]
    yield _steady("HTTP < " + json.dumps({"commandResponse": result, "messages": messages}))


def _text_lines(step: Step) -> Iterator[str]:
    yield _steady(f"gRPC > {_text(step.command)}")
    yield _steady("gRPC < " + ("no result" if step.told.result is None else _text(step.told.result)))


def _text(message: Message) -> str:
    shown = text_format.MessageToString(message, as_one_line=True)
    return f"{message.DESCRIPTOR.name} {{ {shown.replace(TYPE_PREFIX + 'keboola.storageDriver.', '')} }}"


def _steady(line: str) -> str:
    for pattern, replacement in _RANDOM:
        line = pattern.sub(replacement, line)
    return line


def main() -> None:
    page = PAGE.read_text()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{transcript()}\n{END}{after}")


if __name__ == "__main__":
    main()
