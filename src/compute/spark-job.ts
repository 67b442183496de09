import { Duration, aws_iam as iam, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { sparkJobStatements } from './private/job-permissions';
import { submitParameters } from './private/submit-parameters';
import { SparkCode } from './spark-code';
import { SparkRuntime } from './spark-runtime';
import { WorkerSize } from './worker-size';
import { FeatureCatalog } from '../catalog/feature-catalog';
import { DataLake } from '../lake/data-lake';
import { acknowledgeWildcards } from '../private/acknowledgements';
import { sourceConditions } from '../private/arns';
import { MedallionError } from '../private/errors';

/** Properties for `SparkJob`. */
export interface SparkJobProps {
  /** The application that runs the job. */
  readonly runtime: SparkRuntime;

  /** The code that the job imports and the spec document that it reads. */
  readonly code: SparkCode;

  /** The program that the job starts, for example `code.silverAndGold`. */
  readonly entryPoint: s3_assets.Asset;

  /** The lake that the job reads and writes. */
  readonly lake: DataLake;

  /** The catalog of the lake's tables. */
  readonly catalog: FeatureCatalog;

  /**
   * Size of the driver.
   *
   * @default WorkerSize.SMALL
   */
  readonly driver?: WorkerSize;

  /**
   * Size of each executor.
   *
   * @default WorkerSize.MEDIUM
   */
  readonly executor?: WorkerSize;

  /**
   * The most executors that one run may use; it starts with one.
   *
   * @default 4
   */
  readonly maxExecutors?: number;

  /**
   * How long one run may take before it is cancelled.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;
}

/** One Spark program, the role that it runs as and the way it is submitted. */
export class SparkJob extends Construct {
  /** The application that runs the job. */
  public readonly runtime: SparkRuntime;

  /** The role that the job runs as. */
  public readonly role: iam.IRole;

  /** The S3 URL of the program. */
  public readonly entryPointUrl: string;

  /** The arguments that every run has: where the spec document, the lake and the tables are. */
  public readonly baseArguments: string[];

  /** The options of `spark-submit`. */
  public readonly sparkSubmitParameters: string;

  /** How long one run may take before it is cancelled. */
  public readonly timeout: Duration;

  public constructor(scope: Construct, id: string, props: SparkJobProps) {
    super(scope, id);
    const maxExecutors = props.maxExecutors ?? 4;
    if (!Number.isInteger(maxExecutors) || maxExecutors < 1) {
      throw new MedallionError('InvalidProperty', [{
        where: `${this.node.path}.maxExecutors`,
        got: `${maxExecutors}`,
        expected: 'a whole number of at least 1',
        fix: 'leave it out for 4',
      }]);
    }

    this.runtime = props.runtime;
    this.role = this.createRole(props);
    this.timeout = props.timeout ?? Duration.hours(1);
    this.entryPointUrl = props.entryPoint.s3ObjectUrl;
    this.baseArguments = [
      '--spec', props.code.specDocument.s3ObjectUrl,
      '--lake', props.lake.bucket.bucketName,
      '--database', props.catalog.databaseName,
    ];
    this.sparkSubmitParameters = submitParameters({
      bucketName: props.lake.bucket.bucketName,
      pyFiles: props.code.pyFiles.s3ObjectUrl,
      driver: props.driver ?? WorkerSize.SMALL,
      executor: props.executor ?? WorkerSize.MEDIUM,
      maxExecutors,
    });
  }

  private createRole(props: SparkJobProps): iam.IRole {
    const role = new iam.Role(this, 'Role', {
      description: 'Runs a Spark job of the feature platform',
      assumedBy: new iam.ServicePrincipal('emr-serverless.amazonaws.com', {
        conditions: sourceConditions(this, props.runtime.applicationArn),
      }),
    });
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: sparkJobStatements(this, props),
    });
    acknowledgeWildcards(policy, 'a job reads and writes any object below the prefixes of its layers');
    return role.withoutPolicyUpdates();
  }
}
