import { App, CfnParameter, Stack, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { cardPlatform, emptyStack } from '../../fixtures/stages';

const REFUSED = "S/Second/Pipeline.lake: got the bucket of 'S/First/Pipeline', expected a bucket that no other pipeline has; "
  + 'give each platform a bucket of its own, or declare all feature groups in one platform';

/** Creates two platforms, each on the bucket that a function returns. */
function twoPlatforms(bucket: (number: number, stack: Stack) => s3.IBucket | undefined, second: (first: Stack) => Stack = (first) => first): void {
  const stack = emptyStack();
  cardPlatform(stack, { bucket: bucket(1, stack) }, 'First');
  const other = second(stack);
  cardPlatform(other, { bucket: bucket(2, other) }, 'Second');
}

function imported(stack: Stack, id: number, bucketName: string): s3.IBucket {
  return s3.Bucket.fromBucketName(stack, `Bucket${id}`, bucketName);
}

describe('requireOwnLake', () => {
  test('fails when two platforms have the same bucket', () => {
    const buckets = new Map<Stack, s3.Bucket>();
    expect(() => twoPlatforms((_, stack) => {
      const bucket = buckets.get(stack) ?? new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'Key') });
      buckets.set(stack, bucket);
      return bucket;
    })).toThrow(REFUSED);
  });

  test('fails when a bucket of one name is imported twice, in one stack or in two', () => {
    expect(() => twoPlatforms((number, stack) => imported(stack, number, 'lake'))).toThrow(REFUSED);
    const inAnother = (first: Stack) => new Stack(App.of(first) as App, 'T');
    expect(() => twoPlatforms((number, stack) => imported(stack, number, 'lake'), inAnother)).toThrow(REFUSED.replace('S/Second', 'T/Second'));
  });

  test('fails when both names come from one parameter', () => {
    const parameters = new Map<Stack, CfnParameter>();
    expect(() => twoPlatforms((number, stack) => {
      const parameter = parameters.get(stack) ?? new CfnParameter(stack, 'LakeName');
      parameters.set(stack, parameter);
      return imported(stack, number, parameter.valueAsString);
    })).toThrow(REFUSED);
  });

  test.each<[string, (number: number, stack: Stack) => s3.IBucket | undefined]>([
    ['buckets of their own', () => undefined],
    ['buckets of two names', (number, stack) => imported(stack, number, `lake-${number}`)],
    ['a bucket of their own and one that is imported', (number, stack) => number === 1 ? undefined : imported(stack, number, 'lake')],
    ['names from two parameters', (number, stack) => imported(stack, number, new CfnParameter(stack, `Name${number}`).valueAsString)],
  ])('lets two platforms have %s', (_, bucket) => {
    expect(() => twoPlatforms(bucket)).not.toThrow();
  });

  test('knows one app at a time', () => {
    for (let app = 0; app < 2; app++) {
      const stack = emptyStack();
      expect(() => cardPlatform(stack, { bucket: imported(stack, 1, 'lake') })).not.toThrow();
    }
  });
});
