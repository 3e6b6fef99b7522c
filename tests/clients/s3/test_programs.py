"""aws-cli, rclone and s5cmd: trees of files there and back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.clients.s3.conftest import REGION, Account, contents, run


def _rclone(account: Account) -> dict[str, str]:
    return account.environment | {
        "RCLONE_CONFIG_KB_TYPE": "s3",
        "RCLONE_CONFIG_KB_PROVIDER": "Other",
        "RCLONE_CONFIG_KB_ENDPOINT": account.endpoint,
        "RCLONE_CONFIG_KB_REGION": REGION,
        "RCLONE_CONFIG_KB_ENV_AUTH": "true",
        "RCLONE_RETRIES": "1",
        "RCLONE_LOW_LEVEL_RETRIES": "1",
    }


@pytest.mark.parametrize("where", ["root", "below"])
def test_aws_sync_brings_a_tree_back_as_it_was(
    account: Account, account_below: Account, where: str, tree: Path, tmp_path: Path
) -> None:
    chosen = account if where == "root" else account_below
    place = f"s3://{chosen.bucket}/aws-{where}"
    options = ("--endpoint-url", chosen.endpoint, "--no-progress")

    def aws(*arguments: str | Path) -> str:
        return run("aws", "s3", *arguments, *options[:2], environment=chosen.environment, home=tmp_path)

    assert aws("sync", tree, place).count("upload:") == len(contents(tree))
    assert aws("sync", tree, place) == ""
    aws("sync", place, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(tree)
    aws("rm", place, "--recursive")
    assert aws("sync", place, tmp_path / "nothing") == ""


def test_aws_presign_opens_one_object(account: Account, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("presigned")
    endpoint = ("--endpoint-url", account.endpoint)
    place = f"s3://{account.bucket}/presigned/x.txt"
    run("aws", "s3", "cp", tmp_path / "x.txt", place, *endpoint, environment=account.environment, home=tmp_path)
    url = run("aws", "s3", "presign", place, *endpoint, environment=account.environment, home=tmp_path).strip()
    assert httpx.get(url).text == "presigned"


def test_rclone_agrees_with_what_it_copied(account: Account, tree: Path, tmp_path: Path) -> None:
    def rclone(*arguments: str | Path) -> str:
        return run("rclone", "--config", "/dev/null", *arguments, environment=_rclone(account), home=tmp_path)

    place = f"kb:{account.bucket}/rclone"
    rclone("sync", tree, place)
    assert "0 differences found" in rclone("check", tree, place)
    assert "0 differences found" in rclone("check", "--download", tree, place)
    (tmp_path / "text").write_text("some text")
    rclone("copy", tmp_path / "text", f"{place}-text")
    assert rclone("cat", f"{place}-text/text") == "some text"
    assert "There was nothing to transfer" in rclone("sync", "-v", tree, place)
    rclone("copyto", f"{place}/five.bin", f"{place}/copied.bin")
    rclone("sync", place, tmp_path / "back")
    back = contents(tmp_path / "back")
    assert back.pop("copied.bin") == back["five.bin"]
    assert back == contents(tree)
    rclone("purge", place)
    assert rclone("lsf", f"kb:{account.bucket}/rclone") == ""


def test_s5cmd_copies_a_tree_and_lists_it(account: Account, tree: Path, tmp_path: Path) -> None:
    def s5cmd(*arguments: str | Path) -> str:
        options = ("--endpoint-url", account.endpoint, "--retry-count", "0")
        return run("s5cmd", *options, *arguments, environment=account.environment, home=tmp_path)

    place = f"s3://{account.bucket}/s5cmd"
    s5cmd("cp", f"{tree}/", f"{place}/")
    assert len(s5cmd("ls", f"{place}/*").splitlines()) == len(contents(tree))
    s5cmd("cp", f"{place}/*", "back/")
    assert contents(tmp_path / "back") == contents(tree)
    s5cmd("rm", f"{place}/*")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_curl_signs_without_telling_the_hash_of_the_payload(account: Account, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("by curl")
    url = f"{account.endpoint}/{account.bucket}/curl/x%20y.txt"

    def curl(*arguments: str | Path) -> str:
        sign = ("--aws-sigv4", f"aws:amz:{REGION}:s3", "--user", f"{account.access_key}:{account.secret_key}")
        done = subprocess.run(
            ["curl", "--silent", "--fail-with-body", *sign, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    curl("--upload-file", tmp_path / "x.txt", url)
    assert curl(url) == "by curl"
    assert "<Key>curl/x y.txt</Key>" in curl(f"{account.endpoint}/{account.bucket}?list-type=2&prefix=curl")
    curl("--request", "DELETE", url)
