import { Token, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { viaService } from '../private/arns';
import { MedallionError, quoted } from '../private/errors';
import { grantActions } from '../private/grants';

const READ_ACTIONS = ['s3:GetObject'];
const WRITE_ACTIONS = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const DELETE_ACTIONS = ['s3:DeleteObject'];
const PREFIX = /^([^/]+\/)+$/;

/** What grants need to know of a lake. */
export interface DataLakeGrantsAttributes {
  /** The bucket that objects are in. */
  readonly bucket: s3.IBucket;
  /** The key that objects are encrypted with. */
  readonly encryptionKey: kms.IKey;
}

/**
 * Permission to read and write parts of a lake, its key included.
 *
 * Every grant names exact actions and the prefixes that it was given, such as `Layer.GOLD`.
 * Principals of another account also need the policies of the bucket and the key to allow them.
 */
export class DataLakeGrants {
  /** Grants on the lake that is made of this bucket and key. */
  public static fromAttributes(attributes: DataLakeGrantsAttributes): DataLakeGrants {
    return new DataLakeGrants(attributes.bucket, attributes.encryptionKey);
  }

  private constructor(private readonly bucket: s3.IBucket, private readonly encryptionKey: kms.IKey) {}

  /** Allows a principal to list and read the objects under some prefixes. */
  public read(grantee: iam.IGrantable, ...prefixes: string[]): iam.Grant {
    return this.list(grantee, ...prefixes)
      .combine(this.onObjects(grantee, READ_ACTIONS, prefixes))
      .combine(this.onKey(grantee, ['kms:Decrypt']));
  }

  /** Allows a principal to add and replace objects under some prefixes, but neither to read nor to delete them. */
  public write(grantee: iam.IGrantable, ...prefixes: string[]): iam.Grant {
    return this.onObjects(grantee, WRITE_ACTIONS, prefixes)
      .combine(this.onKey(grantee, ['kms:Decrypt', 'kms:GenerateDataKey']));
  }

  /** Allows a principal to list, read, add, replace and delete objects under some prefixes. */
  public readWrite(grantee: iam.IGrantable, ...prefixes: string[]): iam.Grant {
    return this.read(grantee, ...prefixes)
      .combine(this.write(grantee, ...prefixes))
      .combine(this.onObjects(grantee, DELETE_ACTIONS, prefixes));
  }

  private list(grantee: iam.IGrantable, ...prefixes: string[]): iam.Grant {
    const listed = prefixes.flatMap((prefix) => [prefix.slice(0, -1), `${prefix}*`]);
    return grantActions(grantee, ['s3:ListBucket'], [this.bucket.bucketArn], { StringLike: { 's3:prefix': listed } });
  }

  private onObjects(grantee: iam.IGrantable, actions: string[], prefixes: string[]): iam.Grant {
    prefixes.forEach((prefix) => this.requirePrefix(prefix));
    return grantActions(grantee, actions, prefixes.map((prefix) => this.bucket.arnForObjects(`${prefix}*`)));
  }

  private onKey(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return grantActions(grantee, actions, [this.encryptionKey.keyArn], {
      StringEquals: { 'kms:ViaService': viaService(this.encryptionKey, 's3') },
    });
  }

  private requirePrefix(prefix: string): void {
    if (!Token.isUnresolved(prefix) && PREFIX.test(prefix)) return;
    throw new MedallionError('InvalidProperty', [{
      where: `${this.bucket.node.path}.prefix`,
      got: quoted(prefix),
      expected: "a literal prefix that ends in a slash, such as 'gold/'",
      fix: 'use one of the prefixes of Layer',
    }]);
  }
}
