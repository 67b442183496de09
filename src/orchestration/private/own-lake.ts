import { Stack, Token, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { DataLake } from '../../lake/data-lake';
import { MedallionError, quoted } from '../../private/errors';

const OWNERS = new WeakMap<IConstruct, Owner[]>();

/** A pipeline, and the bucket that its reports are in. */
interface Owner {
  readonly pipeline: IConstruct;
  readonly bucket: s3.IBucket;
}

/**
 * Refuses a second pipeline of the app on one bucket: reports, marks and manifests are of one platform.
 *
 * Two names that are known at deployment only are the same bucket if they are the same token. Those of another app
 * are refused by the run.
 */
export function requireOwnLake(pipeline: Construct, { lake }: { readonly lake: DataLake }): void {
  const owners = OWNERS.get(pipeline.node.root) ?? [];
  OWNERS.set(pipeline.node.root, owners);
  const owner = owners.find(({ bucket }) => isSame(bucket, lake.bucket));
  if (owner !== undefined) {
    throw new MedallionError('InvalidProperty', [{
      where: `${pipeline.node.path}.lake`,
      got: `the bucket of ${quoted(owner.pipeline.node.path)}`,
      expected: 'a bucket that no other pipeline has',
      fix: 'give each platform a bucket of its own, or declare all feature groups in one platform',
    }]);
  }
  owners.push({ pipeline, bucket: lake.bucket });
}

function isSame(one: s3.IBucket, other: s3.IBucket): boolean {
  if (one === other) return true;
  const isLiteral = [one, other].map(({ bucketName }) => !Token.isUnresolved(bucketName));
  if (isLiteral[0] || isLiteral[1]) return one.bucketName === other.bucketName;
  const stack = Stack.of(one);
  return stack === Stack.of(other) && JSON.stringify(stack.resolve(one.bucketName)) === JSON.stringify(stack.resolve(other.bucketName));
}
