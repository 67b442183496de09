import { Names, RemovalPolicy, Stack, Token, aws_glue as glue } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { FeatureCatalogGrants } from './feature-catalog-grants';
import { declaredTables } from './private/declared-tables';
import { tableInput } from './private/external-table';
import { DataLake } from '../lake/data-lake';
import { MedallionError, quoted } from '../private/errors';
import { FeatureSpec } from '../spec/feature-spec';

const MAX_DATABASE_NAME_LENGTH = 255;
const DATABASE_NAME = /^[a-z][a-z0-9_]*$/;

/** Properties for `FeatureCatalog`. */
export interface FeatureCatalogProps {
  /** The declaration that tables derive from. */
  readonly spec: FeatureSpec;
  /** The lake that holds the files of the tables. */
  readonly lake: DataLake;
  /**
   * The name of the Glue database. Another name is another database, without the silver and gold tables.
   *
   * @default - derived from the path of the construct
   */
  readonly databaseName?: string;
  /**
   * What happens to the database when it is removed from the stack; all of its tables go with it, their files stay.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A Glue database with the tables of a declaration.
 *
 * Bronze, quarantine and datasets are declared here, with partitions that are calculated instead of crawled. Silver and
 * gold are Iceberg tables, which the job creates and evolves: they have one owner.
 */
export class FeatureCatalog extends Construct {
  /** The name of the database. */
  public readonly databaseName: string;
  /** The database. */
  public readonly database: glue.CfnDatabase;
  /** The declared tables by name: bronze, quarantine, and the datasets of each feature group. */
  public readonly tables: { [name: string]: glue.CfnTable };
  /** Permission on the database and its tables. */
  public readonly grants: FeatureCatalogGrants;

  constructor(scope: Construct, id: string, props: FeatureCatalogProps) {
    super(scope, id);
    this.validate(props);

    this.databaseName = props.databaseName ?? this.derivedName();

    this.database = new glue.CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: this.databaseName, description: `Tables of ${props.spec.events.name}` },
    });
    this.database.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);

    this.tables = this.createTables(props);
    this.grants = FeatureCatalogGrants.fromDatabaseName(this, this.databaseName);
  }

  private validate({ databaseName }: FeatureCatalogProps): void {
    if (databaseName === undefined) return;
    const valid = !Token.isUnresolved(databaseName) && databaseName.length <= MAX_DATABASE_NAME_LENGTH && DATABASE_NAME.test(databaseName);
    if (valid) return;
    throw new MedallionError('InvalidProperty', [{
      where: `${this.node.path}.databaseName`,
      got: quoted(databaseName),
      expected: `up to ${MAX_DATABASE_NAME_LENGTH} lower-case letters, digits and underscores, starting with a letter`,
      fix: 'choose such a name in literal text, or leave it out',
    }]);
  }

  private derivedName(): string {
    const name = Names.uniqueResourceName(this, { maxLength: 63, separator: '_' }).toLowerCase();
    return /^[a-z]/.test(name) ? name : `f_${name}`;
  }

  private createTables({ spec, lake }: FeatureCatalogProps): { [name: string]: glue.CfnTable } {
    const tables: { [name: string]: glue.CfnTable } = {};
    for (const table of declaredTables(spec._toDocument(), (prefix) => lake.bucket.s3UrlForObject(prefix))) {
      tables[table.name] = new glue.CfnTable(this, table.name, {
        catalogId: Stack.of(this).account,
        databaseName: this.databaseName,
        tableInput: tableInput(table),
      });
      tables[table.name].node.addDependency(this.database);
    }
    return tables;
  }
}
