import { aws_iam as iam } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { DataLake } from '../../lake/data-lake';
import { glueTableArns } from '../../private/arns';
import { useKey } from '../../private/key-use';

/** The Glue database in which Feature Store registers offline stores. */
export const OFFLINE_DATABASE = 'sagemaker_featurestore';

/** What Feature Store may do to write one offline store below a prefix that ends in `/`. */
export function storeStatements(scope: IConstruct, { bucket, encryptionKey }: DataLake, prefix: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'WriteOfflineStore',
      actions: ['s3:GetObject', 's3:PutObject', 's3:PutObjectAcl'],
      resources: [bucket.arnForObjects(`${prefix}*`)],
    }),
    new iam.PolicyStatement({
      sid: 'CheckBucket',
      actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'],
      resources: [bucket.bucketArn],
    }),
    new iam.PolicyStatement({
      sid: 'UpdateOfflineTable',
      actions: ['glue:GetTable', 'glue:UpdateTable'],
      resources: glueTableArns(scope, OFFLINE_DATABASE, '*'),
    }),
    useKey(encryptionKey),
  ];
}
