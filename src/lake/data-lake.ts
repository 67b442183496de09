import { Duration, RemovalPolicy, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DataLakeGrants } from './data-lake-grants';
import { createAccessLogs, createBucket, createKey, logAccess } from './private/lake-storage';
import { Problems } from '../private/errors';

const MAX_RETENTION_DAYS = 36_500;

/** Properties for `DataLake`. */
export interface DataLakeProps {
  /**
   * The key that encrypts the lake, and everything else of the platform.
   *
   * The policy of an imported key has to let CloudWatch Logs use it already.
   *
   * @default - the key of the given bucket, or a new key that rotates every year
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * A bucket that exists already. Its settings stay as they are. It holds one platform: its first run owns it, and
   * those of another platform fail.
   *
   * @default - a new bucket: encrypted, versioned, closed to the public, its access logged
   */
  readonly bucket?: s3.IBucket;
  /**
   * How long events are kept as they arrived, in whole days. What is gone cannot be computed again.
   *
   * They move to a cheaper storage class after 30 days in any case.
   *
   * @default - for ever
   */
  readonly bronzeRetention?: Duration;
  /**
   * What happens to a new bucket and key when they are removed from the stack. A bucket that has objects is never deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * The bucket that a new lake's access logs go to, in the same account and Region. It must be encrypted by S3's own keys.
   *
   * The policy of an imported bucket has to let S3 deliver the logs already.
   *
   * @default - a new bucket that keeps them for a year
   */
  readonly accessLogsBucket?: s3.IBucket;
}

/**
 * One bucket with all layers, under one key.
 *
 * Bronze keeps events as they arrived; silver, gold and what was served are tables, whose files never expire by age.
 */
export class DataLake extends Construct {
  /** The bucket that holds all layers. */
  public readonly bucket: s3.IBucket;
  /** The key that encrypts the lake, and everything else of the platform. */
  public readonly encryptionKey: kms.IKey;
  /** The bucket that access logs go to; undefined for a bucket that existed already. */
  public readonly accessLogsBucket?: s3.IBucket;
  /** Permission to read and write parts of the lake, its key included. */
  public readonly grants: DataLakeGrants;

  constructor(scope: Construct, id: string, props: DataLakeProps = {}) {
    super(scope, id);
    this.validate(props);

    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.encryptionKey = props.encryptionKey ?? props.bucket?.encryptionKey ?? createKey(this, removalPolicy);

    if (props.bucket) {
      this.bucket = props.bucket;
    } else {
      this.accessLogsBucket = props.accessLogsBucket ?? createAccessLogs(this, removalPolicy);
      const bucket = createBucket(this, this.encryptionKey, removalPolicy, props.bronzeRetention);
      logAccess(bucket, this.accessLogsBucket);
      this.bucket = bucket;
    }

    this.grants = DataLakeGrants.fromAttributes({ bucket: this.bucket, encryptionKey: this.encryptionKey });
  }

  private validate({ bucket, encryptionKey, bronzeRetention, accessLogsBucket, removalPolicy }: DataLakeProps): void {
    const conflicts = new Problems();
    if (bucket) {
      const ofNewBuckets = { bronzeRetention, accessLogsBucket, removalPolicy };
      const given = Object.entries(ofNewBuckets).filter(([, value]) => value !== undefined).map(([name]) => name);
      for (const name of given) {
        conflicts.add(`${this.node.path}.${name}`, 'a setting for a new bucket', 'none beside bucket', 'remove it, or let the lake create its bucket');
      }
      if (encryptionKey && bucket.encryptionKey && encryptionKey.node.path !== bucket.encryptionKey.node.path) {
        conflicts.add(`${this.node.path}.encryptionKey`, 'another key than that of bucket', 'the same key', 'remove encryptionKey');
      }
    }
    conflicts.throwIfAny('ConflictingProperties');

    const invalid = new Problems();
    if (bronzeRetention !== undefined && !isWholeDays(bronzeRetention)) {
      invalid.add(
        `${this.node.path}.bronzeRetention`, bronzeRetention.isUnresolved() ? 'a token' : bronzeRetention.toHumanString(),
        `whole days from 1 to ${MAX_RETENTION_DAYS}`, 'choose how far back events can be computed again',
      );
    }
    invalid.throwIfAny('InvalidProperty');
  }
}

function isWholeDays(duration: Duration): boolean {
  if (duration.isUnresolved()) return false;
  const days = duration.toDays({ integral: false });
  return Number.isInteger(days) && days >= 1 && days <= MAX_RETENTION_DAYS;
}
