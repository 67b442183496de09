import { aws_iam as iam, aws_logs as logs, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { DataLake } from '../../lake/data-lake';
import { useKey } from '../../private/key-use';
import { LAKE_FOLDERS } from '../../spec/lake-folders';
import { IFeatureGroup } from '../feature-group';

/** What a function works with that works on parts. */
export interface PartResources {
  readonly lake: DataLake;
  readonly featureGroups: IFeatureGroup[];
  readonly document: s3_assets.Asset;
  readonly logGroup: logs.ILogGroup;
}

/** What the publisher may do: read parts, write records, keep dead letters, log and trace. */
export function publisherStatements(resources: PartResources): iam.PolicyStatement[] {
  const { lake: { bucket }, featureGroups } = resources;
  return [
    new iam.PolicyStatement({
      sid: 'WriteRecords',
      actions: ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'],
      resources: featureGroups.map((group) => group.featureGroupArn),
    }),
    readParts(resources),
    new iam.PolicyStatement({
      sid: 'KeepDeadLetters',
      actions: ['s3:PutObject', 's3:DeleteObject'],
      resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publish}*/dead-letter/*`)],
    }),
    ...workingStatements(resources),
  ];
}

/** What the auditor may do: read parts and records, keep differences, ask for records to be published, log and trace. */
export function auditorStatements(resources: PartResources): iam.PolicyStatement[] {
  const { lake: { bucket }, featureGroups } = resources;
  return [
    new iam.PolicyStatement({
      sid: 'ReadRecords',
      actions: ['sagemaker:BatchGetRecord', 'sagemaker:GetRecord'],
      resources: featureGroups.map((group) => group.featureGroupArn),
    }),
    readParts(resources),
    new iam.PolicyStatement({
      sid: 'KeepDifferences',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publish}*/differences/*`), bucket.arnForObjects(`${LAKE_FOLDERS.republishRequests}entities/*`)],
    }),
    ...workingStatements(resources),
  ];
}

function readParts({ lake: { bucket }, document }: PartResources): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ReadParts',
    actions: ['s3:GetObject'],
    resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publish}*`), document.bucket.arnForObjects(document.s3ObjectKey)],
  });
}

function workingStatements({ lake, logGroup }: PartResources): iam.PolicyStatement[] {
  return [
    useKey(lake.encryptionKey),
    new iam.PolicyStatement({
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    new iam.PolicyStatement({
      sid: 'Trace',
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    }),
  ];
}
