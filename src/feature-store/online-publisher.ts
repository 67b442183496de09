import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, aws_cloudwatch as cloudwatch, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { IFeatureGroup } from './feature-group';
import { publisherStatements } from './private/publisher-permissions';
import { DataLake } from '../lake/data-lake';
import { acknowledgeWildcards } from '../private/acknowledgements';
import { MedallionError } from '../private/errors';
import { jsonAsset } from '../private/json-asset';
import { FeatureSpec } from '../spec/feature-spec';

const BUNDLE_FOLDER = path.join(__dirname, '..', '..', 'assets', 'publisher', 'bundle');

/** Properties for `OnlinePublisher`. */
export interface OnlinePublisherProps {
  /** The declaration whose records are published. */
  readonly spec: FeatureSpec;

  /** The lake that keeps the publish sets and the dead letters. */
  readonly lake: DataLake;

  /** The groups that the records are written to. */
  readonly featureGroups: IFeatureGroup[];

  /**
   * Name of the platform, which the publisher's own metrics carry as a dimension.
   *
   * @default - the path of the construct
   */
  readonly platformName?: string;

  /**
   * How many parts may be published at once in the whole account.
   *
   * @default - as many as the account allows
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * How long one part may take. What is not written by then makes the call fail, and the run repeats it.
   *
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * How long the logs are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Writes the parts of a publish set to Feature Store.
 *
 * Each record of a part ends up either written or, with the reason, in a dead-letter file beside the part.
 */
export class OnlinePublisher extends Construct {
  /** The function that writes one part; the pipeline invokes it once for each. */
  public readonly function: lambda.IFunction;

  public constructor(scope: Construct, id: string, props: OnlinePublisherProps) {
    super(scope, id);
    requireBundle(this);

    const document = jsonAsset(this, 'SpecDocument', props.spec._documentText());
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: props.lake.encryptionKey,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.node.addDependency(props.lake);
    const role = new iam.Role(this, 'Role', {
      description: 'Writes feature records to Feature Store',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: publisherStatements({ ...props, document, logGroup }),
    });
    acknowledgeWildcards(policy, 'parts are named by slot, log streams by Lambda, and tracing has no resources');

    this.function = new lambda.Function(this, 'Function', {
      description: 'Writes one part of a publish set to Feature Store',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(BUNDLE_FOLDER, { exclude: ['*.map'] }),
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      memorySize: 512,
      timeout: props.timeout ?? Duration.minutes(5),
      tracing: lambda.Tracing.ACTIVE,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      environment: {
        LAKE_BUCKET: props.lake.bucket.bucketName,
        SPEC_BUCKET: document.s3BucketName,
        SPEC_KEY: document.s3ObjectKey,
        PLATFORM_NAME: props.platformName ?? this.node.path,
        POWERTOOLS_SERVICE_NAME: 'publisher',
      },
    });
    this.function.node.addDependency(policy);
  }

  /** Parts that could not be published at all. */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricErrors(options);
  }

  /** Invocations that Lambda refused because too many were running. */
  public metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.function.metricThrottles(options);
  }
}

function requireBundle(scope: Construct): void {
  if (!fs.existsSync(path.join(BUNDLE_FOLDER, 'index.js'))) {
    throw new MedallionError('MissingAsset', [{
      where: scope.node.path,
      got: "no file 'assets/publisher/bundle/index.js'",
      expected: 'the bundled publisher of the package',
      fix: "install the package again, or run 'npx projen bundle:publisher' in a checkout of it",
    }]);
  }
}
