"""Rest-core 2.5: faults of the engine carry the code of the operation they happened in."""

from __future__ import annotations

import pytest

from kbstore.errors import InvalidRequest, KbstoreError, Kind, NoSpace
from storage.errors import OperationFailed
from storage.services.named_faults import named_faults


def test_a_fault_gets_the_code_the_phrase_and_the_details_of_the_operation() -> None:
    with pytest.raises(OperationFailed) as raised, named_faults("create bucket", code="create_failed", project_id="p"):
        raise KbstoreError("The disk is odd.")
    error = raised.value
    assert (error.kind, error.code, error.details) == (Kind.INTERNAL, "create_failed", {"project_id": "p"})
    assert error.message == "Failed to create bucket: The disk is odd."


def test_a_reason_replaces_what_is_not_true_any_more() -> None:
    with pytest.raises(OperationFailed) as raised, named_faults("delete it", code="delete_failed", reason="Half gone."):
        raise KbstoreError("Nothing was changed.")
    assert raised.value.message == "Failed to delete it: Half gone."


@pytest.mark.parametrize("error", [InvalidRequest("no"), NoSpace("full"), KbstoreError("x", code="seal_failed")])
def test_errors_that_have_a_name_pass(error: KbstoreError) -> None:
    with pytest.raises(type(error)) as raised, named_faults("create bucket", code="create_failed"):
        raise error
    assert raised.value is error
