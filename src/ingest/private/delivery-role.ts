import { Stack, aws_iam as iam, aws_kinesis as kinesis } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DataLake } from '../../lake/data-lake';
import { acknowledgeWildcards } from '../../private/acknowledgements';
import { logStreamArn, sourceConditions, viaService } from '../../private/arns';
import { streamingPrefixes } from '../../spec/layout';

/** What a delivery stream reads, writes and logs to. */
export interface DeliveryRoleProps {
  readonly eventsName: string;
  readonly lake: DataLake;
  readonly stream: kinesis.IStream;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/** The role of a delivery stream, with the policy that has to stand before the stream is created. */
export function deliveryRole(scope: Construct, props: DeliveryRoleProps): { readonly role: iam.Role; readonly policy: iam.ManagedPolicy } {
  const deliveryStreams = Stack.of(scope).formatArn({ service: 'firehose', resource: 'deliverystream', resourceName: '*' });
  const role = new iam.Role(scope, 'DeliveryRole', {
    description: `Delivers ${props.eventsName} events to the bronze layer`,
    assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', { conditions: sourceConditions(scope, deliveryStreams) }),
  });
  const policy = new iam.ManagedPolicy(scope, 'DeliveryPolicy', {
    roles: [role],
    statements: [...lakeStatements(scope, props), ...streamStatements(scope, props), logStatement(scope, props)],
  });
  acknowledgeWildcards(policy, 'Firehose chooses the object keys below the prefix of these events');
  return { role, policy };
}

function lakeStatements(scope: Construct, { eventsName, lake }: DeliveryRoleProps): iam.PolicyStatement[] {
  const { bronze, errors } = streamingPrefixes(eventsName);
  const { bucket, encryptionKey } = lake;
  return [
    new iam.PolicyStatement({
      sid: 'WriteObjects',
      actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
      resources: [bronze, errors].map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    }),
    new iam.PolicyStatement({
      sid: 'FindBucket',
      actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
    new iam.PolicyStatement({
      sid: 'EncryptObjects',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [encryptionKey.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': viaService(scope, 's3') },
        // the context is the bucket where it uses bucket keys, and the object where it does not
        StringLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket.bucketArn, bucket.arnForObjects('*')] },
      },
    }),
  ];
}

function streamStatements(scope: Construct, { stream }: DeliveryRoleProps): iam.PolicyStatement[] {
  const read = new iam.PolicyStatement({
    sid: 'ReadStream',
    actions: ['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'],
    resources: [stream.streamArn],
  });
  if (!stream.encryptionKey) return [read];
  const decrypt = new iam.PolicyStatement({
    sid: 'DecryptRecords',
    actions: ['kms:Decrypt'],
    resources: [stream.encryptionKey.keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': viaService(scope, 'kinesis'),
        'kms:EncryptionContext:aws:kinesis:arn': stream.streamArn,
      },
    },
  });
  return [read, decrypt];
}

function logStatement(scope: Construct, { logGroupName, logStreamName }: DeliveryRoleProps): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'WriteLog',
    actions: ['logs:PutLogEvents'],
    resources: [logStreamArn(scope, logGroupName, logStreamName)],
  });
}
