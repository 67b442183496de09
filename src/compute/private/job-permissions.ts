import { aws_iam as iam, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { FeatureCatalog } from '../../catalog/feature-catalog';
import { DataLake } from '../../lake/data-lake';
import { glueTableArns } from '../../private/arns';
import { useKey } from '../../private/key-use';
import { LAKE_FOLDERS } from '../../spec/lake-folders';
import { SparkCode } from '../spark-code';

const READ = ['s3:GetObject'];
const WRITE = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const CATALOG_ACTIONS = ['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'];

/** Layers that a job only reads, and layers that it writes. */
const READ_LAYERS = [LAKE_FOLDERS.bronze, LAKE_FOLDERS.labels];
const WRITTEN_LAYERS = [
  LAKE_FOLDERS.silver, LAKE_FOLDERS.gold, LAKE_FOLDERS.quarantine, LAKE_FOLDERS.publish, LAKE_FOLDERS.control, LAKE_FOLDERS.sparkLogs,
];

/** What a job works with. */
interface JobResources {
  readonly lake: DataLake;
  readonly catalog: FeatureCatalog;
  readonly code: SparkCode;
  readonly entryPoint: s3_assets.Asset;
}

/** What a job may do: exactly its own code, layers, tables and key. */
export function sparkJobStatements(scope: IConstruct, resources: JobResources): iam.PolicyStatement[] {
  return [...layerStatements(resources), ...codeStatements(resources), ...tableStatements(scope, resources)];
}

function layerStatements({ lake }: JobResources): iam.PolicyStatement[] {
  const { bucket, encryptionKey } = lake;
  // The bare name of a layer is probed when Spark creates the first folder below it.
  const objects = (layers: string[]) => layers.flatMap((layer) => [bucket.arnForObjects(layer.slice(0, -1)), bucket.arnForObjects(`${layer}*`)]);
  const prefixes = [...READ_LAYERS, ...WRITTEN_LAYERS].flatMap((layer) => [layer.slice(0, -1), `${layer}*`]);
  return [
    new iam.PolicyStatement({ sid: 'ReadLayers', actions: READ, resources: objects(READ_LAYERS) }),
    new iam.PolicyStatement({ sid: 'WriteLayers', actions: WRITE, resources: objects(WRITTEN_LAYERS) }),
    new iam.PolicyStatement({
      sid: 'ListLayers',
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': prefixes } },
    }),
    new iam.PolicyStatement({ sid: 'LocateLake', actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] }),
    useKey(encryptionKey),
  ];
}

function codeStatements({ code, entryPoint }: JobResources): iam.PolicyStatement[] {
  const files = [entryPoint, code.pyFiles, code.specDocument];
  return [
    new iam.PolicyStatement({
      sid: 'ReadCode',
      actions: READ,
      resources: files.map((file) => file.bucket.arnForObjects(file.s3ObjectKey)),
    }),
  ];
}

function tableStatements(scope: IConstruct, { catalog, code }: JobResources): iam.PolicyStatement[] {
  const { events, featureGroups } = code.spec;
  const tables = [events.table, ...featureGroups.map((group) => group.table)];
  return [
    new iam.PolicyStatement({
      sid: 'KeepTables',
      actions: CATALOG_ACTIONS,
      resources: glueTableArns(scope, catalog.databaseName, ...tables),
    }),
  ];
}
