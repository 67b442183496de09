import { aws_iam as iam } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { glueTableArns } from '../private/arns';
import { grantActions } from '../private/grants';

const READ_ACTIONS = ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions'];
const WRITE_ACTIONS = ['glue:CreateTable', 'glue:UpdateTable'];

/** Permission on the tables of one Glue database. The files of the tables are granted by the lake. */
export class FeatureCatalogGrants {
  /** Grants on a database of the scope's account and Region. */
  public static fromDatabaseName(scope: IConstruct, databaseName: string): FeatureCatalogGrants {
    return new FeatureCatalogGrants(scope, databaseName);
  }

  private constructor(private readonly scope: IConstruct, private readonly databaseName: string) {}

  /** Allows a principal to look up the database and its tables. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return grantActions(grantee, READ_ACTIONS, this.resources());
  }

  /** Allows a principal to look up, create and change tables, but not to delete them. */
  public readWrite(grantee: iam.IGrantable): iam.Grant {
    return grantActions(grantee, [...READ_ACTIONS, ...WRITE_ACTIONS], this.resources());
  }

  private resources(): string[] {
    return glueTableArns(this.scope, this.databaseName, '*');
  }
}
