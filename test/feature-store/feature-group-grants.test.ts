import { Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FeatureGroup, IFeatureGroup } from '../../src/feature-store/feature-group';
import { emptyStack } from '../fixtures/stages';

function imported(stack: Stack): IFeatureGroup {
  return FeatureGroup.fromFeatureGroupAttributes(stack, 'Group', {
    featureGroupName: 'rt-card-features-v1',
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/k'),
    offlineBucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'lake'),
    offlinePrefix: 'offline-store/rt-card-features-v1/',
  });
}

function granted(grant: (group: IFeatureGroup, grantee: iam.IGrantable) => iam.Grant): { Action: string | string[]; Resource: unknown }[] {
  const stack = emptyStack();
  const user = new iam.User(stack, 'User');
  expect(grant(imported(stack), user).success).toBe(true);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy.Properties.PolicyDocument.Statement;
}

describe('FeatureGroupGrants', () => {
  test('lets a writer write batches and single records, and use the key', () => {
    expect(granted((group, grantee) => group.grants.write(grantee)).map(({ Action }) => Action)).toEqual([
      ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    ]);
  });

  test('lets an online reader read records, and decrypt', () => {
    expect(granted((group, grantee) => group.grants.readOnline(grantee)).map(({ Action }) => Action)).toEqual([
      ['sagemaker:BatchGetRecord', 'sagemaker:GetRecord'],
      'kms:Decrypt',
    ]);
  });

  test('lets an offline reader read files and the table of the group, and decrypt', () => {
    const statements = granted((group, grantee) => group.grants.readOffline(grantee));
    expect(statements.map(({ Action }) => [Action].flat()[0])).toEqual(
      ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation', 'glue:GetDatabase', 'kms:Decrypt'],
    );
    expect(JSON.stringify(statements[3].Resource)).toContain('/sagemaker_featurestore/rt_card_features_v1_*');
  });

  test('fails when the place of the offline store is not known', () => {
    const stack = emptyStack();
    const group = FeatureGroup.fromFeatureGroupName(stack, 'Group', 'card');
    expect(() => group.grants.readOffline(new iam.User(stack, 'User'))).toThrow(
      'S/Group.grants.readOffline: got a feature group without the place of its offline store',
    );
  });
});
