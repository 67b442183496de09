import { aws_iam as iam } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import type { IFeatureGroup } from './feature-group';
import { OFFLINE_DATABASE } from './private/store-permissions';
import { glueTableArns } from '../private/arns';
import { MedallionError } from '../private/errors';
import { grantActions } from '../private/grants';

const WRITE_ACTIONS = ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord'];
const READ_ONLINE_ACTIONS = ['sagemaker:BatchGetRecord', 'sagemaker:GetRecord'];
const READ_TABLE_ACTIONS = ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions'];

/** Permissions on one feature group, the key included; also for groups that were imported. */
export class FeatureGroupGrants {
  /** Permissions on a feature group. */
  public static fromFeatureGroup(featureGroup: IFeatureGroup): FeatureGroupGrants {
    return new FeatureGroupGrants(featureGroup);
  }

  private constructor(private readonly featureGroup: IFeatureGroup) {}

  /** Lets a principal write records; a batch is refused unless single records may be written too. */
  public write(grantee: iam.IGrantable): iam.Grant {
    return this.grantWithKey(grantee, WRITE_ACTIONS, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  /** Lets a principal read the newest record of an entity. */
  public readOnline(grantee: iam.IGrantable): iam.Grant {
    return this.grantWithKey(grantee, READ_ONLINE_ACTIONS, ['kms:Decrypt']);
  }

  /**
   * Lets a principal read everything that was ever served, from the offline store and through its Glue table.
   *
   * What a query engine needs besides, such as a place for its results, is up to the reader.
   */
  public readOffline(grantee: iam.IGrantable): iam.Grant {
    const scope: IConstruct = this.featureGroup;
    const { offlineBucket: bucket, offlinePrefix: prefix, encryptionKey, featureGroupName } = this.featureGroup;
    if (!bucket || !prefix) {
      throw new MedallionError('InvalidProperty', [{
        where: `${scope.node.path}.grants.readOffline`,
        got: 'a feature group without the place of its offline store',
        expected: 'its bucket and prefix',
        fix: 'import the group by FeatureGroup.fromFeatureGroupAttributes',
      }]);
    }
    const table = `${featureGroupName.toLowerCase().replace(/-/g, '_')}_*`;
    const grant = grantActions(grantee, ['s3:GetObject'], [bucket.arnForObjects(`${prefix}*`)])
      .combine(grantActions(grantee, ['s3:ListBucket'], [bucket.bucketArn], { StringLike: { 's3:prefix': `${prefix}*` } }))
      .combine(grantActions(grantee, ['s3:GetBucketLocation'], [bucket.bucketArn]))
      .combine(grantActions(grantee, READ_TABLE_ACTIONS, glueTableArns(scope, OFFLINE_DATABASE, table)));
    return encryptionKey ? grant.combine(grantActions(grantee, ['kms:Decrypt'], [encryptionKey.keyArn])) : grant;
  }

  private grantWithKey(grantee: iam.IGrantable, actions: string[], keyActions: string[]): iam.Grant {
    const { featureGroupArn, encryptionKey } = this.featureGroup;
    const grant = grantActions(grantee, actions, [featureGroupArn]);
    return encryptionKey ? grant.combine(grantActions(grantee, keyActions, [encryptionKey.keyArn])) : grant;
  }
}
