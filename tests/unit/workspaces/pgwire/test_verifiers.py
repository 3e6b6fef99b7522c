"""What is kept of passwords: PostgreSQL's text form, the right password fits, nothing else does."""

from __future__ import annotations

import base64

import pytest

from workspaces.pgwire.verifiers import Verifier, check_password, make_verifier, mock_verifier, saslprep

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
#: The password of RFC 7677's example, as PostgreSQL 15 stores it for that salt.
PENCIL = (
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
)


def test_the_text_is_that_of_postgresql() -> None:
    assert make_verifier("pencil", salt=SALT).text() == PENCIL


def test_the_text_reads_back() -> None:
    verifier = make_verifier("secret", iterations=5000)
    assert Verifier.parse(verifier.text()) == verifier
    assert verifier.iterations == 5000


def test_only_the_right_password_fits() -> None:
    verifier = Verifier.parse(PENCIL)
    assert check_password("pencil", verifier)
    assert not any(check_password(wrong, verifier) for wrong in ("", "Pencil", "pencil ", "pencil\0"))


def test_salts_are_fresh() -> None:
    assert make_verifier("pencil").text() != make_verifier("pencil").text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pencil",
        PENCIL.replace("SHA-256", "SHA-1"),
        PENCIL.replace("4096", "0"),
        PENCIL.replace("4096", "99999999"),
        PENCIL.replace("4096", "-1"),
        PENCIL + "\n",
        PENCIL[:-8],
        PENCIL.replace("WG5d8o", "WG5d8"),
        PENCIL.replace("$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", "$"),
    ],
)
def test_what_is_no_verifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="verifier"):
        Verifier.parse(text)


def test_a_mock_looks_real_and_stays_the_same() -> None:
    mock = mock_verifier("nobody", secret=b"server")
    assert mock == mock_verifier("nobody", secret=b"server")
    assert Verifier.parse(mock.text()) == mock
    assert len(mock.salt) == 16
    assert mock.salt != mock_verifier("somebody", secret=b"server").salt
    assert mock.salt != mock_verifier("nobody", secret=b"other").salt


def test_keys_stay_out_of_the_representation() -> None:
    assert "stored_key" not in repr(make_verifier("pencil"))


@pytest.mark.parametrize(
    ("typed", "prepared"),
    [
        ("plain", "plain"),
        ("I\u00adX", "IX"),  # RFC 4013: a soft hyphen is mapped to nothing
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("\u0007", "\u0007"),  # prohibited: taken as it is
        ("\u06271", "\u06271"),  # directions mixed: taken as it is
        ("", ""),
    ],
)
def test_passwords_are_prepared_as_clients_do(typed: str, prepared: str) -> None:
    assert saslprep(typed) == prepared
