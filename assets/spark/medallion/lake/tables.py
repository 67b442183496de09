"""The Iceberg tables of the lake: the only place that creates, reads, changes and maintains them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, List, Optional, Sequence, Tuple

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from medallion.errors import InputError
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import all_quoted, quoted

CATALOG = "glue_catalog"

PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "snappy",
    "write.distribution-mode": "hash",
    "write.delete.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.merge.mode": "copy-on-write",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
    "commit.manifest.min-count-to-merge": "4",
}
"""What the tables are created with.

A commit adds a manifest, and every scan opens all of them: merged by four instead of by a hundred, a day of small
slots leaves a handful.
"""

KEPT_SNAPSHOTS = 10
"""Expiry leaves at least this many snapshots, however old they are."""

Field = Tuple[str, str]


@dataclass(frozen=True)
class TableDefinition:
    """Name, columns (name and Spark type; ``dt`` is the partition) and prefixes of one table.

    Of the columns in ``located_by`` every file's bounds are kept whole, so that a read by their values opens few files.
    """

    name: str
    columns: Tuple[Field, ...]
    data_prefix: str
    metadata_prefix: str
    located_by: Tuple[str, ...] = ()


def silver_table(spec: Spec) -> TableDefinition:
    """Return the definition of the table of accepted events."""
    columns = (*_event_columns(spec), ("arrival_time", "TIMESTAMP"), ("source_object", "STRING"))
    columns = (*columns, ("source_line", "BIGINT"), ("dt", "DATE"))
    layout = spec.layout
    return TableDefinition(spec.events.table, columns, layout.silver, layout.silver_metadata, ("source_object",))


def gold_table(spec: Spec, group: FeatureGroup) -> TableDefinition:
    """Return the definition of the table of features as of each event."""
    features = [(feature.name, feature.type.spark) for feature in group.features]
    columns = (*_event_columns(spec), *features, ("dt", "DATE"))
    return TableDefinition(group.table, columns, group.layout.gold, group.layout.gold_metadata)


def _event_columns(spec: Spec) -> List[Field]:
    declared = [(column.name, column.type.spark) for column in spec.events.columns]
    return [("event_id", "STRING"), ("event_time", "TIMESTAMP"), *declared]


class LakeTable:
    """One table in the catalog."""

    def __init__(self, spark: SparkSession, database: str, definition: TableDefinition) -> None:
        self._spark = spark
        self._definition = definition
        self._in_catalog = f"{database}.{definition.name}"
        self.name = f"{CATALOG}.{quoted(database)}.{quoted(definition.name)}"

    @property
    def columns(self) -> List[str]:
        """The declared columns, in order."""
        return [name for name, _ in self._definition.columns]

    def create(self, bucket: str) -> None:
        """Create the table if there is none, and add the declared columns that it lacks."""
        found = self._found_columns()
        if found is None:
            self._create(bucket)
            return
        missing = []
        for name, kind in self._definition.columns:
            if name not in found:
                missing.append((name, kind))
            elif found[name] != kind.lower():
                raise InputError.at(f"{self.name}.{name}", found[name], kind.lower(), "declare a new table or version")
        if missing:
            self._spark.sql(f"ALTER TABLE {self.name} ADD COLUMNS ({_ddl(missing)})")

    def read(self, snapshot_id: Optional[int] = None) -> DataFrame:
        """Return the declared columns as of now, or as of a snapshot."""
        reader = self._spark.read if snapshot_id is None else self._spark.read.option("snapshot-id", snapshot_id)
        return reader.table(self.name).select(*all_quoted(self.columns))

    def snapshot_id(self) -> Optional[int]:
        """Return the current snapshot, or None while the table is empty."""
        snapshot = self._loaded().currentSnapshot()
        return None if snapshot is None else int(snapshot.snapshotId())

    def has_snapshot(self, snapshot_id: int) -> bool:
        """Whether a snapshot has not expired."""
        return self._loaded().snapshot(snapshot_id) is not None

    def merge(self, changes: DataFrame, keys: Sequence[str], days: Tuple[date, date]) -> None:
        """Commit changed rows: ``_match_dt`` is the day where a row stands now, ``_obsolete`` rows are deleted.

        A row whose ``_match_dt`` is null is inserted whatever stands. The rows that match on ``keys`` must stand within
        ``days``, both included.
        """
        view = f"changes_of_{self._definition.name}"
        changes.createOrReplaceTempView(view)
        matching = " AND ".join(f"standing.{quoted(key)} = changed.{quoted(key)}" for key in keys)
        assignments = ", ".join(f"standing.{quoted(name)} = changed.{quoted(name)}" for name in self.columns)
        names = ", ".join(all_quoted(self.columns))
        values = ", ".join(f"changed.{quoted(name)}" for name in self.columns)
        self._spark.sql(
            f"MERGE INTO {self.name} AS standing USING {quoted(view)} AS changed"
            f" ON {matching} AND standing.dt = changed._match_dt"
            f" AND standing.dt BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"
            " WHEN MATCHED AND changed._obsolete THEN DELETE"
            f" WHEN MATCHED THEN UPDATE SET {assignments}"
            f" WHEN NOT MATCHED AND NOT changed._obsolete THEN INSERT ({names}) VALUES ({values})"
        )

    def maintain(self, expire_before: str, compact_before: date) -> None:
        """Compact small files of days before ``compact_before`` and expire snapshots older than ``expire_before``."""
        self._spark.sql(
            f"CALL {CATALOG}.system.rewrite_data_files(table => '{self._in_catalog}',"
            f" where => 'dt < DATE \"{compact_before}\"', options => map('partial-progress.enabled', 'false'))"
        )
        self._spark.sql(
            f"CALL {CATALOG}.system.expire_snapshots(table => '{self._in_catalog}',"
            f" older_than => TIMESTAMP '{expire_before}', retain_last => {KEPT_SNAPSHOTS})"
        )

    def _found_columns(self) -> Optional[dict[str, str]]:
        try:
            return dict(self._spark.table(self.name).dtypes)
        except AnalysisException as error:
            if error.getErrorClass() != "TABLE_OR_VIEW_NOT_FOUND":
                raise
            return None

    def _loaded(self) -> Any:
        """Return Iceberg's own object of the table as of now; to ask it takes no Spark job."""
        jvm: Any = self._spark._jvm
        table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(self._spark._jsparkSession, self.name)
        table.refresh()
        return table

    def _create(self, bucket: str) -> None:
        properties = {**PROPERTIES, "write.data.path": f"s3://{bucket}/{self._definition.data_prefix.rstrip('/')}"}
        for column in self._definition.located_by:
            properties[f"write.metadata.metrics.column.{column}"] = "full"
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        location = f"s3://{bucket}/{self._definition.metadata_prefix.rstrip('/')}"
        self._spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.name} ({_ddl(self._definition.columns)}) USING iceberg"
            f" PARTITIONED BY (dt) LOCATION '{location}' TBLPROPERTIES ({listed})"
        )


def _ddl(columns: Sequence[Field]) -> str:
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
