"""The bucket of the lake: objects listed, read, written and deleted."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Optional

import boto3

DELETE_BATCH = 1000
"""How many keys one request deletes; the service takes no more."""


class Bucket:
    """The bucket of the lake, as bytes and JSON objects."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._s3 = boto3.client("s3")

    def uri(self, key: str) -> str:
        """Return the object's or prefix's address for Spark."""
        return f"s3://{self.name}/{key}"

    def keys(self, prefix: str, after: str = "", before: Optional[str] = None) -> List[str]:
        """Return the keys under a prefix that sort after ``after`` and before ``before``, in order."""
        found: List[str] = []
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix, StartAfter=after)
        for page in pages:
            keys = [entry["Key"] for entry in page.get("Contents", [])]
            found += [key for key in keys if before is None or key < before]
            if before is not None and keys and keys[-1] >= before:
                break
        return found

    def sizes(self, prefix: str) -> Dict[str, int]:
        """Return the bytes of each object under a prefix, by key and in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}

    def entries(self, folder: str) -> List[str]:
        """Return the objects and folders directly in a folder; folders end with a slash."""
        found: List[str] = []
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=folder, Delimiter="/")
        for page in pages:
            found += [entry["Key"] for entry in page.get("Contents", []) if entry["Key"] != folder]
            found += [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
        return found

    def body(self, key: str) -> Optional[bytes]:
        """Return the bytes of an object, or None where there is none."""
        try:
            content: bytes = self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        return content

    def put(self, key: str, body: bytes) -> None:
        """Write the bytes of an object."""
        self._s3.put_object(Bucket=self.name, Key=key, Body=body)

    def read(self, key: str) -> Any:
        """Return a JSON object, or None where there is none."""
        body = self.body(key)
        return None if body is None else json.loads(body)

    def write(self, key: str, document: Any) -> None:
        """Write a JSON object; the same document always gives the same bytes."""
        body = json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")
        self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType="application/json")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; keys that do not exist are no error."""
        doomed = [{"Key": key} for key in keys]
        for start in range(0, len(doomed), DELETE_BATCH):
            batch = doomed[start : start + DELETE_BATCH]
            answer = self._s3.delete_objects(Bucket=self.name, Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                failed = answer["Errors"][0]
                raise OSError(f"{failed['Key']}: got {failed['Code']}, expected a deletion; allow s3:DeleteObject")
