import {
  RemovalPolicy, Resource, ResourceProps,
  aws_iam as iam, aws_kms as kms, aws_s3 as s3, aws_sagemaker as sagemaker, IResource,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { FeatureGroupGrants } from './feature-group-grants';
import { featureDefinitions } from './private/feature-definitions';
import { storeStatements } from './private/store-permissions';
import { onlineTimeToLive } from './private/time-to-live';
import { DataLake } from '../lake/data-lake';
import { acknowledgeWildcards } from '../private/acknowledgements';
import { featureGroupArn, sourceConditions } from '../private/arns';
import { FeatureGroupSpec } from '../spec/feature-group-spec';
import { FeatureSpec } from '../spec/feature-spec';
import { LAKE_FOLDERS } from '../spec/lake-folders';

/** A feature group: the newest record of each entity online, everything that was served offline. */
export interface IFeatureGroup extends IResource {
  /** Name of the group. */
  readonly featureGroupName: string;
  /** ARN of the group; the service writes the name in lower case. */
  readonly featureGroupArn: string;
  /** The key of both stores, when it is known. */
  readonly encryptionKey?: kms.IKey;
  /** The bucket of the offline store, when it is known. */
  readonly offlineBucket?: s3.IBucket;
  /** The prefix of the offline store, ending in `/`, when it is known. */
  readonly offlinePrefix?: string;
  /** Permissions on the group. */
  readonly grants: FeatureGroupGrants;
}

/** Properties for `FeatureGroup`. */
export interface FeatureGroupProps {
  /** The group: its name, version, entity and features. */
  readonly spec: FeatureGroupSpec;
  /** The declaration that the group is part of. */
  readonly featureSpec: FeatureSpec;
  /** The lake that keeps the offline store. */
  readonly lake: DataLake;
  /**
   * What happens to the online records when the group is removed from the stack.
   *
   * The offline store stays in any case.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Attributes of a feature group that exists already. */
export interface FeatureGroupAttributes {
  /** Name of the group. */
  readonly featureGroupName: string;
  /**
   * The key of both stores.
   *
   * @default - grants do not include a key
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * The bucket of the offline store.
   *
   * @default - the offline store cannot be granted
   */
  readonly offlineBucket?: s3.IBucket;
  /**
   * The prefix of the offline store, ending in `/`.
   *
   * @default - the offline store cannot be granted
   */
  readonly offlinePrefix?: string;
}

abstract class FeatureGroupBase extends Resource implements IFeatureGroup {
  public abstract readonly featureGroupName: string;
  public abstract readonly featureGroupArn: string;
  public abstract readonly encryptionKey?: kms.IKey;
  public abstract readonly offlineBucket?: s3.IBucket;
  public abstract readonly offlinePrefix?: string;

  public readonly grants: FeatureGroupGrants;

  public constructor(scope: Construct, id: string, props?: ResourceProps) {
    super(scope, id, props);
    this.grants = FeatureGroupGrants.fromFeatureGroup(this);
  }
}

/**
 * One SageMaker feature group of a declaration.
 *
 * Its name, role, offline settings and tags are frozen: changing one of them makes CloudFormation replace the group,
 * which empties the online store. So it carries no tags and no description, not even those of the stack or app around
 * it, and a new layout takes a new version of the group. Features may be added at the end.
 */
export class FeatureGroup extends FeatureGroupBase {
  /** A feature group that exists already, by its name. */
  public static fromFeatureGroupName(scope: Construct, id: string, featureGroupName: string): IFeatureGroup {
    return FeatureGroup.fromFeatureGroupAttributes(scope, id, { featureGroupName });
  }

  /** A feature group that exists already, with what is known about its stores. */
  public static fromFeatureGroupAttributes(scope: Construct, id: string, attributes: FeatureGroupAttributes): IFeatureGroup {
    class Import extends FeatureGroupBase {
      public readonly featureGroupName = attributes.featureGroupName;
      public readonly featureGroupArn = featureGroupArn(this, attributes.featureGroupName);
      public readonly encryptionKey = attributes.encryptionKey;
      public readonly offlineBucket = attributes.offlineBucket;
      public readonly offlinePrefix = attributes.offlinePrefix;
    }
    return new Import(scope, id);
  }

  public readonly featureGroupName: string;
  public readonly featureGroupArn: string;
  public readonly encryptionKey?: kms.IKey;
  public readonly offlineBucket?: s3.IBucket;
  public readonly offlinePrefix?: string;

  /** The role by which Feature Store writes the offline store. */
  public readonly role: iam.IRole;

  public constructor(scope: Construct, id: string, props: FeatureGroupProps) {
    super(scope, id);
    const { lake } = props;
    const group = props.featureSpec._documentOf(props.spec);
    this.featureGroupName = group.featureGroupName;
    this.featureGroupArn = featureGroupArn(this, group.featureGroupName);
    this.encryptionKey = lake.encryptionKey;
    this.offlineBucket = lake.bucket;
    this.offlinePrefix = `${LAKE_FOLDERS.offlineStore}${group.featureGroupName}/`;

    const role = new iam.Role(this, 'Role', {
      description: `Writes the offline store of ${group.featureGroupName}`,
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions: sourceConditions(this) }),
    });
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: storeStatements(this, lake, this.offlinePrefix),
    });
    acknowledgeWildcards(policy, 'Feature Store chooses the object keys and the table name of the offline store');
    this.role = role.withoutPolicyUpdates();

    const resource = new sagemaker.CfnFeatureGroup(this, 'Resource', {
      featureGroupName: group.featureGroupName,
      recordIdentifierFeatureName: group.recordIdentifier,
      eventTimeFeatureName: group.eventTimeFeature,
      featureDefinitions: featureDefinitions(group),
      roleArn: role.roleArn,
      // These two are passed on as they are: their keys have to be written as the service writes them.
      onlineStoreConfig: {
        EnableOnlineStore: true,
        StorageType: 'Standard',
        SecurityConfig: { KmsKeyId: lake.encryptionKey.keyArn },
        TtlDuration: onlineTimeToLive(group.ttlUs),
      },
      offlineStoreConfig: {
        S3StorageConfig: {
          S3Uri: lake.bucket.s3UrlForObject(this.offlinePrefix.slice(0, -1)),
          KmsKeyId: lake.encryptionKey.keyArn,
        },
        TableFormat: 'Iceberg',
        DisableGlueTableCreation: false,
      },
    });
    resource.addPropertyDeletionOverride('Tags');
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    resource.node.addDependency(policy, lake);
  }
}
