"""The deployed example: names from the stack's outputs, and everything a caller may ask of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from events.generator import Arrival
from events.producer import Producer

from demo.lake import Lake
from demo.runtime import Json, LocalRuntime

BATCH_GET_LIMIT = 100

Record = dict[str, str]


class Deployment:
    """One stack of the example on one runtime."""

    def __init__(self, runtime: LocalRuntime, deployed: Json) -> None:
        self.runtime = runtime
        self.outputs: Mapping[str, str] = deployed["outputs"]
        self.resources = int(deployed["resources"])
        self.stream = self.output("StreamName")
        self.database = self.output("DatabaseName")
        self.lake = Lake(runtime, self.output("LakeBucketName"), self._spec())
        self.producer = Producer(runtime.client("kinesis"), self.stream)
        self._records = runtime.client("sagemaker-featurestore-runtime")

    def output(self, name: str) -> str:
        """Return the output of the platform whose key ends with ``name``."""
        for key, value in self.outputs.items():
            if re.fullmatch(rf".*{name}([0-9A-F]{{8}})?", key):
                return value
        raise KeyError(f"outputs: got {sorted(self.outputs)}, expected one that ends with '{name}'")

    def gold_table(self, group: str) -> str:
        """Return the name of a group's gold table."""
        return str(self._group(group)["table"])

    def store_name(self, group: str) -> str:
        """Return the name of a group in Feature Store."""
        return str(self._group(group)["featureGroupName"])

    @property
    def silver_table(self) -> str:
        """The name of the silver table."""
        return str(self.lake.spec["events"]["table"])

    def send(self, arrivals: Sequence[Arrival]) -> int:
        """Put lines on the stream; they arrive at the simulated time of now."""
        return self.producer.send(arrivals)

    def online(self, group: str, entities: Sequence[str]) -> dict[str, Record]:
        """Return the online records of those entities of a group that have one, values as text."""
        records: dict[str, Record] = {}
        for start in range(0, len(entities), BATCH_GET_LIMIT):
            records.update(self._batch_get(self.store_name(group), list(entities[start : start + BATCH_GET_LIMIT])))
        return records

    def _batch_get(self, store_name: str, entities: list[str]) -> dict[str, Record]:
        identifiers = [{"FeatureGroupName": store_name, "RecordIdentifiersValueAsString": entities}]
        answer = self._records.batch_get_record(Identifiers=identifiers)
        if answer["Errors"] or answer["UnprocessedIdentifiers"]:
            raise RuntimeError(f"BatchGetRecord: got {answer['Errors'] or answer['UnprocessedIdentifiers']}")
        return {
            found["RecordIdentifierValueAsString"]: {
                value["FeatureName"]: value["ValueAsString"] for value in found["Record"]
            }
            for found in answer["Records"]
        }

    def offline_rows(self) -> dict[str, int]:
        """Return how many rows the offline store holds of each group, after its buffer is written."""
        import pyarrow.parquet as pq
        from pyarrow import BufferReader

        self.runtime.post("flush")
        keys = [key for key in self.lake.keys("offline-store/") if key.endswith(".parquet")]
        rows = {key: pq.read_metadata(BufferReader(self.lake.read(key))).num_rows for key in keys}
        stores = {group["name"]: f"/{group['featureGroupName']}-" for group in self.lake.spec["featureGroups"]}
        return {name: sum(rows[key] for key in keys if store in key) for name, store in stores.items()}

    @property
    def spec_location(self) -> tuple[str, str]:
        """Bucket and key of the spec document that the deployed publisher and jobs read."""
        function = self.runtime.client("lambda").get_function_configuration(
            FunctionName=self.output("PublisherFunctionName")
        )
        variables = function["Environment"]["Variables"]
        return variables["SPEC_BUCKET"], variables["SPEC_KEY"]

    def _group(self, name: str) -> Json:
        return next(group for group in self.lake.spec["featureGroups"] if group["name"] == name)

    def _spec(self) -> Json:
        bucket, key = self.spec_location
        return dict(json.loads(self.runtime.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))
