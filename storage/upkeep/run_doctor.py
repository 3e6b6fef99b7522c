"""Let the doctor look at the installation while it serves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.services.doctor import examine
from storage.upkeep.runs import Run
from storage.upkeep.start_run import Progress, start_run

KIND = "doctor"
MAX_FINDINGS = 1000


def run_doctor(*, actor: Actor, repair: bool, verify_checksums: bool) -> Run:
    """The new run; its result has the findings. Raises Forbidden, RunInProgress."""
    arguments = {"repair": repair, "verify_checksums": verify_checksums}

    def work(progress: Progress) -> dict[str, Any]:
        return look(actor=actor, repair=repair, verify_checksums=verify_checksums, progress=progress)

    return start_run(KIND, actor=actor, arguments=arguments, work=work)


@operation("doctor", resource_type="installation", need=Need.ADMIN)
def look(*, actor: Actor, repair: bool, verify_checksums: bool, progress: Progress) -> dict[str, Any]:
    """Examine everything; what was found, as JSON."""
    report = examine(repair=repair, verify_checksums=verify_checksums, is_beside_own_work=True, on_step=progress)
    counts = {"tables": report.tables, "versions": report.versions, "repaired": report.repaired}
    record_success("installation", findings=len(report.findings), repair=repair, **counts)
    findings = [asdict(finding) for finding in report.findings[:MAX_FINDINGS]]
    return counts | {"findings": findings, "finding_count": len(report.findings), "is_clean": report.is_clean}
