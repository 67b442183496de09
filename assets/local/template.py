"""Deploying a synthesised cloud assembly: its assets into the emulator's bucket, its template as it is."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.identity import ACCOUNT, PARTITION, REGION
from local.runtime import Runtime
from local.services.cloudformation.types import RESOURCE_TYPES, STOCK_PROPERTIES

_BOOTSTRAP_VERSION = "30"
_BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class DeployError(ValueError):
    """The assembly cannot be deployed here."""


@dataclass(frozen=True)
class Deployed:
    """A stack that was created."""

    stack: str
    outputs: dict[str, str]
    resources: int
    seconds: float


@dataclass(frozen=True)
class _Stack:
    name: str
    template: dict[str, Any]
    assets: dict[str, Any]


def deploy(runtime: Runtime, assembly: str | Path, stack: str | None = None) -> Deployed:
    """Create the stack of an assembly; raise DeployError when anything of it would be missing or ignored."""
    started = time.monotonic()
    directory = Path(assembly)
    found = _stack(directory, stack)
    _refuse_unknown(found.template)
    runtime.client("ssm").put_parameter(
        Name=_BOOTSTRAP_PARAMETER, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
    )
    _publish_assets(runtime, directory, found.assets)
    outputs = _create_stack(runtime, found)
    return Deployed(found.name, outputs, len(found.template["Resources"]), round(time.monotonic() - started, 3))


def _stack(directory: Path, name: str | None) -> _Stack:
    try:
        manifest = json.loads((directory / "manifest.json").read_text())
    except FileNotFoundError:
        raise DeployError(f"assembly: got no manifest.json in '{directory}', expected a synthesised cdk.out") from None
    stacks = {
        artifact.get("properties", {}).get("stackName", artifact_id): artifact
        for artifact_id, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    wanted = name or (next(iter(stacks)) if len(stacks) == 1 else None)
    if wanted is None or wanted not in stacks:
        raise DeployError(f"stack: got {name or 'none'}, expected one of {', '.join(stacks)}; name it")
    template_file = stacks[wanted]["properties"]["templateFile"]
    assets_file = directory / template_file.replace(".template.json", ".assets.json")
    assets = json.loads(assets_file.read_text()).get("files", {}) if assets_file.exists() else {}
    return _Stack(wanted, json.loads((directory / template_file).read_text()), assets)


def _refuse_unknown(template: Mapping[str, Any]) -> None:
    ours = {resource_type.type_name for resource_type in RESOURCE_TYPES}
    problems = []
    for logical_id, resource in template["Resources"].items():
        type_name = resource["Type"]
        if type_name in ours:
            continue
        if type_name not in STOCK_PROPERTIES:
            problems.append(f"{logical_id}: got type {type_name}, expected one that is emulated")
            continue
        unknown = [name for name in resource.get("Properties", {}) if name not in STOCK_PROPERTIES[type_name]]
        problems += [f"{logical_id}.{name}: got a property of {type_name} that is not emulated" for name in unknown]
    if problems:
        raise DeployError(f"{'; '.join(problems)}; leave it out where the stack runs locally")


def _publish_assets(runtime: Runtime, directory: Path, assets: Mapping[str, Any]) -> None:
    s3 = runtime.client("s3")
    buckets: set[str] = set()
    for asset in assets.values():
        content = _packaged(directory / asset["source"]["path"], asset["source"]["packaging"])
        for destination in asset["destinations"].values():
            bucket = _resolved(destination["bucketName"])
            if bucket not in buckets:
                s3.create_bucket(Bucket=bucket)
                buckets.add(bucket)
            s3.put_object(Bucket=bucket, Key=_resolved(destination["objectKey"]), Body=content)


def _resolved(text: str) -> str:
    values = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": PARTITION}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _packaged(path: Path, packaging: str) -> bytes:
    if packaging == "file":
        return path.read_bytes()
    if packaging != "zip":
        raise DeployError(f"asset {path.name}: got packaging {packaging}, expected 'file' or 'zip'")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                archive.writestr(zipfile.ZipInfo(str(file.relative_to(path)), _ZIP_TIME), file.read_bytes())
    return content.getvalue()


def _create_stack(runtime: Runtime, stack: _Stack) -> dict[str, str]:
    cloudformation = runtime.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=stack.name, TemplateBody=json.dumps(stack.template), Capabilities=_CAPABILITIES
        )
    except ClientError as error:
        raise DeployError(f"{stack.name}: {error.response['Error']['Message']}") from error
    description = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    if description["StackStatus"] != "CREATE_COMPLETE":
        reason = description.get("StackStatusReason", "no reason given")
        raise DeployError(f"{stack.name}: got {description['StackStatus']}, expected CREATE_COMPLETE; {reason}")
    _refuse_missing(cloudformation, stack)
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def _refuse_missing(cloudformation: Any, stack: _Stack) -> None:
    created = cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    names = {resource.get("LogicalResourceId") for resource in created}
    conditional = {name for name, resource in stack.template["Resources"].items() if "Condition" in resource}
    missing = sorted(set(stack.template["Resources"]) - names - conditional)
    if missing:
        raise DeployError(f"{stack.name}: got no resource for {', '.join(missing)}")
