"""The websocket of a run of the doctor or of a backup: each state of it until it has ended, for operators."""

from __future__ import annotations

import json

from kbstore.access import Need
from kbstore.errors import Forbidden
from storage.live.authentication import FORBIDDEN, NOT_FOUND, SocketRefused
from storage.live.consumers import JobsConsumer
from storage.live.doorbell import job_group
from storage.live.reading import SeenJob
from storage.upkeep import runs
from storage.upkeep.errors import RunNotFound


class RunConsumer(JobsConsumer):
    """`/ws/runs/<id>/`."""

    _sent = ""

    @property
    def run_id(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["job_id"])

    @property
    def group(self) -> str:
        return job_group(self.run_id)

    @property
    def key(self) -> tuple[str, ...]:
        return ("run", self.run_id)

    def check(self) -> None:
        try:
            self.actor.require(Need.ADMIN)
        except Forbidden as error:
            raise SocketRefused(FORBIDDEN, "Runs are the operators' to watch.") from error
        self.read(frozenset())

    def read(self, unfinished: frozenset[str]) -> list[SeenJob]:
        try:
            run = runs.find_run(self.run_id)
        except RunNotFound as error:
            raise SocketRefused(NOT_FOUND, "There is no such run.") from error
        state = {"id": run.id, "state": run.state, "progress": run.progress, "step": run.step}
        return [SeenJob(run.id, json.dumps(state), run.is_finished)]

    async def tell(self, jobs: list[SeenJob]) -> bool:
        for run in jobs:
            if run.text != self._sent:
                self._sent = run.text
                await self.send(text_data=run.text)
            return run.is_final
        return False
