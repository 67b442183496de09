import { Duration, RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { sourceConditions } from '../../private/arns';
import { LAKE_FOLDERS } from '../../spec/lake-folders';

/** How old bronze objects are when they move to a storage class that costs less the less they are read. */
const BRONZE_TIERING = Duration.days(30);

const ACCESS_LOG_RETENTION = Duration.days(365);
const SPARK_LOG_RETENTION = Duration.days(90);
const NON_CURRENT_RETENTION = Duration.days(7);
const UNFINISHED_UPLOAD_RETENTION = Duration.days(1);

const MINIMUM_TLS_VERSION = 1.2;

/** A bucket that nobody reads without TLS, from the public or past its policy. */
const CLOSED_BUCKET = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: MINIMUM_TLS_VERSION,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  versioned: true,
};

/** The one key of a platform. Its policy lets CloudWatch Logs encrypt the log groups of this account. */
export function createKey(scope: Construct, removalPolicy: RemovalPolicy): kms.Key {
  const { region, urlSuffix } = Stack.of(scope);
  const key = new kms.Key(scope, 'Key', {
    description: 'Encrypts everything that the feature platform keeps',
    enableKeyRotation: true,
    removalPolicy,
  });
  key.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'CloudWatchLogs',
    principals: [new iam.ServicePrincipal(`logs.${region}.${urlSuffix}`)],
    actions: [
      'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo',
      'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:DescribeKey',
    ],
    resources: ['*'],
    conditions: {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group:*' }) },
    },
  }));
  return key;
}

/** The bucket of the lake. Silver, gold and the offline store never expire: their tables name their files. */
export function createBucket(
  scope: Construct, encryptionKey: kms.IKey, removalPolicy: RemovalPolicy, bronzeRetention?: Duration,
): s3.Bucket {
  return new s3.Bucket(scope, 'Bucket', {
    ...CLOSED_BUCKET,
    encryption: s3.BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: true,
    removalPolicy,
    lifecycleRules: [
      bronzeRule(bronzeRetention),
      { id: 'SparkLogs', prefix: LAKE_FOLDERS.sparkLogs, expiration: SPARK_LOG_RETENTION },
      { id: 'NonCurrentVersions', noncurrentVersionExpiration: NON_CURRENT_RETENTION, expiredObjectDeleteMarker: true },
      { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: UNFINISHED_UPLOAD_RETENTION },
    ],
  });
}

/** A bucket for access logs, encrypted by S3's own keys: S3 delivers them to no other kind. */
export function createAccessLogs(scope: Construct, removalPolicy: RemovalPolicy): s3.Bucket {
  return new s3.Bucket(scope, 'AccessLogs', {
    ...CLOSED_BUCKET,
    encryption: s3.BucketEncryption.S3_MANAGED,
    removalPolicy,
    lifecycleRules: [
      { id: 'AccessLogs', expiration: ACCESS_LOG_RETENTION, noncurrentVersionExpiration: NON_CURRENT_RETENTION },
      { id: 'UnfinishedUploads', abortIncompleteMultipartUploadAfter: UNFINISHED_UPLOAD_RETENTION },
    ],
  });
}

/**
 * Sends the access logs of a bucket to another one.
 *
 * Written on the resource itself, because the property of the construct sets an ACL or a policy as a feature flag decides.
 */
export function logAccess(bucket: s3.Bucket, accessLogs: s3.IBucket): void {
  const logFilePrefix = 'lake/';
  const resource = bucket.node.defaultChild as s3.CfnBucket;
  resource.loggingConfiguration = { destinationBucketName: accessLogs.bucketName, logFilePrefix };
  accessLogs.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'AccessLogs',
    principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [accessLogs.arnForObjects(`${logFilePrefix}*`)],
    conditions: sourceConditions(bucket, bucket.bucketArn),
  }));
}

function bronzeRule(retention?: Duration): s3.LifecycleRule {
  const isKeptLonger = retention === undefined || retention.toDays() > BRONZE_TIERING.toDays();
  return {
    id: 'Bronze',
    prefix: LAKE_FOLDERS.bronze,
    expiration: retention,
    transitions: isKeptLonger ? [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: BRONZE_TIERING }] : undefined,
  };
}
