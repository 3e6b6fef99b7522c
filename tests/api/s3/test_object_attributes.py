"""GetObjectAttributes."""

from __future__ import annotations

import pytest

from tests.api.s3.test_get_object import failure
from tests.s3_cast import code_of

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def test_of_an_object_in_one_piece(s3_root, bucket):
    made = s3_root.put_object(Bucket=bucket, Key="k", Body=b"123456789", ChecksumAlgorithm="CRC32")
    answer = s3_root.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
    assert answer["ETag"] == made["ETag"].strip('"')
    assert answer["Checksum"] == {"ChecksumCRC32": "y/Q5Jg==", "ChecksumType": "FULL_OBJECT"}
    assert (answer["StorageClass"], answer["ObjectSize"]) == ("STANDARD", 9)
    assert "ObjectParts" not in answer
    assert answer["LastModified"] == s3_root.head_object(Bucket=bucket, Key="k")["LastModified"]


def test_only_what_is_asked_for(s3_root, bucket):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3_root.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])
    assert {"ETag", "Checksum", "StorageClass"} & set(answer) == set()


def test_parts_come_in_pages(s3_root, bucket):
    upload = s3_root.create_multipart_upload(
        Bucket=bucket, Key="m", ChecksumAlgorithm="CRC32", ChecksumType="COMPOSITE"
    )["UploadId"]
    sizes = [5 << 20] * 5 + [7]
    parts = []
    for number, size_bytes in enumerate(sizes, 1):
        made = s3_root.upload_part(
            Bucket=bucket, Key="m", UploadId=upload, PartNumber=number, Body=bytes(size_bytes),
            ChecksumAlgorithm="CRC32",
        )  # fmt: skip
        parts.append({"PartNumber": number, "ETag": made["ETag"], "ChecksumCRC32": made["ChecksumCRC32"]})
    s3_root.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": parts})
    asked = {"Bucket": bucket, "Key": "m", "ObjectAttributes": ALL}
    whole = s3_root.get_object_attributes(**asked)
    assert whole["ObjectParts"]["TotalPartsCount"] == 6
    assert [part["Size"] for part in whole["ObjectParts"]["Parts"]] == sizes
    assert [part["ChecksumCRC32"] for part in whole["ObjectParts"]["Parts"]] == [p["ChecksumCRC32"] for p in parts]
    assert whole["ObjectParts"]["IsTruncated"] is False
    assert whole["Checksum"]["ChecksumCRC32"].endswith("-6")
    page = s3_root.get_object_attributes(**asked, PartNumberMarker=3, MaxParts=1)["ObjectParts"]
    assert [part["PartNumber"] for part in page["Parts"]] == [4]
    assert (page["IsTruncated"], page["NextPartNumberMarker"], page["PartNumberMarker"]) == (True, 4, 3)
    assert page["MaxParts"] == 1


@pytest.mark.parametrize("names", ["", "Size", "ETag,Nothing", "etag"])
def test_unknown_names_are_refused(raw_root, s3_root, bucket, names):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw_root.get(f"{bucket}/k", query="attributes", headers={"x-amz-object-attributes": names})
    assert code_of(answer) == (400, "InvalidArgument")


def test_without_names_it_is_refused_and_a_missing_key_is_404(raw_root, s3_root, bucket):
    s3_root.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code_of(raw_root.get(f"{bucket}/k", query="attributes")) == (400, "InvalidArgument")
    asked = {"Bucket": bucket, "Key": "none", "ObjectAttributes": ALL}
    assert failure(s3_root.get_object_attributes, **asked) == (404, "NoSuchKey")
