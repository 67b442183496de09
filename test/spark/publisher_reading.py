"""A publish set read by the publisher's own code, and judged by the local feature store as a request would be."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Dict, List

from spark_lake import TestLake
from spark_session import REPOSITORY

from local.services.sagemaker.groups import Group
from local.services.sagemaker.records import validated
from medallion.spec.declaration import FeatureGroup

FEATURE_TYPES = {"integer": "Integral", "boolean": "Integral", "decimal": "Fractional", "double": "Fractional"}
SCRIPT = """
const { buildSync } = require('esbuild');
const contents = `export { featureRecord } from './feature-record'; export { textLines } from './text-lines';`;
const stdin = { contents, resolveDir: 'assets/publisher', loader: 'ts' };
const built = buildSync({ stdin, bundle: true, write: false, platform: 'node', format: 'cjs' });
const code = { exports: {} };
new Function('module', 'exports', 'require', built.outputFiles[0].text)(code, code.exports, require);
(async () => {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { group, slotEnd, body } = JSON.parse(Buffer.concat(chunks).toString());
  async function* bytes() { yield Buffer.from(body); }
  const found = [];
  const { textLines, featureRecord } = code.exports;
  for await (const line of textLines(bytes())) found.push(featureRecord(line, group, slotEnd).values);
  process.stdout.write(JSON.stringify(found));
})();
"""


def read_part(body: bytes, group: Dict[str, Any], slot_end: str) -> List[List[Dict[str, str]]]:
    """Return the values that the publisher sends for each line of a part; it fails where it would refuse one."""
    asked = json.dumps({"group": group, "slotEnd": slot_end, "body": body.decode("utf-8")})
    command = ["node", "-e", SCRIPT]
    found = subprocess.run(command, input=asked.encode("utf-8"), capture_output=True, cwd=REPOSITORY, check=False)
    assert found.returncode == 0, found.stderr.decode("utf-8")
    values: List[List[Dict[str, str]]] = json.loads(found.stdout)
    return values


def sent_records(lake: TestLake, document: Dict[str, Any], slot_end: str, name: str) -> Dict[str, Dict[str, str]]:
    """Return what the store has of each record of a slot's publish set; it fails where the store would refuse one."""
    ((written, declared),) = (
        (found, group)
        for found, group in zip(document["featureGroups"], lake.spec.feature_groups)
        if group.name == name
    )
    slot = slot_end.replace("-", "").replace(":", "").replace(".000", "")
    parts = lake.document(f"{lake.spec.layout.manifests}slot={slot}.json")
    records: Dict[str, Dict[str, str]] = {}
    for part in parts:
        if part["featureGroup"] == name:
            values = read_part(lake.body(part["key"]), written, slot_end)
            assert len(values) == part["records"]
            for record in values:
                accepted = validated(store_group(declared), list(record))
                records[accepted.identifier] = {key: str(value) for key, value in accepted.values().items()}
    return records


def store_group(group: FeatureGroup) -> Group:
    """Return a group as Feature Store knows it."""
    texts = dict.fromkeys([group.record_identifier, group.event_time_feature, *group.entity], "String")
    types = {feature.name: FEATURE_TYPES.get(feature.type.name, "String") for feature in group.features}
    return Group(group.name, group.record_identifier, group.event_time_feature, {**texts, **types}, {}, None, None)
