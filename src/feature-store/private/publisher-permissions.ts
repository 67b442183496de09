import { aws_iam as iam, aws_logs as logs, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { DataLake } from '../../lake/data-lake';
import { useKey } from '../../private/key-use';
import { LAKE_FOLDERS } from '../../spec/lake-folders';
import { IFeatureGroup } from '../feature-group';

/** What the publisher works with. */
export interface PublisherResources {
  readonly lake: DataLake;
  readonly featureGroups: IFeatureGroup[];
  readonly document: s3_assets.Asset;
  readonly logGroup: logs.ILogGroup;
}

/** What the publisher may do: read parts, write records, keep dead letters, log and trace. */
export function publisherStatements(resources: PublisherResources): iam.PolicyStatement[] {
  const { lake: { bucket, encryptionKey }, featureGroups, document, logGroup } = resources;
  return [
    new iam.PolicyStatement({
      sid: 'WriteRecords',
      actions: ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'],
      resources: featureGroups.map((group) => group.featureGroupArn),
    }),
    new iam.PolicyStatement({
      sid: 'ReadParts',
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publish}*`), document.bucket.arnForObjects(document.s3ObjectKey)],
    }),
    new iam.PolicyStatement({
      sid: 'KeepDeadLetters',
      actions: ['s3:PutObject', 's3:DeleteObject'],
      resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publish}*/dead-letter/*`)],
    }),
    useKey(encryptionKey),
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
