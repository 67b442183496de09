import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, aws_iam as iam, aws_lambda as lambda, aws_logs as logs, aws_s3_assets as s3_assets } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DataLake } from '../../lake/data-lake';
import { acknowledgeWildcards } from '../../private/acknowledgements';
import { MedallionError } from '../../private/errors';
import { jsonAsset } from '../../private/json-asset';
import { FeatureSpec } from '../../spec/feature-spec';

const BUNDLE_FOLDER = path.join(__dirname, '..', '..', '..', 'assets', 'publisher', 'bundle');

/** What tells the functions of the bundle apart. */
export interface PartFunctionOptions {
  readonly spec: FeatureSpec;
  readonly lake: DataLake;
  readonly platformName?: string;
  readonly reservedConcurrentExecutions?: number;
  readonly timeout?: Duration;
  readonly logRetention?: logs.RetentionDays;
  /** The name of the function in its bundle. */
  readonly handler: string;
  /** The name of the function in its logs. */
  readonly service: string;
  readonly description: string;
  readonly roleDescription: string;
  /** What the function may do, given what it reads and where it logs. */
  readonly statements: (document: s3_assets.Asset, logGroup: logs.ILogGroup) => iam.PolicyStatement[];
}

/** A function that works on one part of a manifest, with its role and its logs, which has only the permissions that are given. */
export function partFunction(scope: Construct, options: PartFunctionOptions): lambda.Function {
  requireBundle(scope);
  const { lake } = options;
  const document = jsonAsset(scope, 'SpecDocument', options.spec._documentText());
  const logGroup = new logs.LogGroup(scope, 'Logs', {
    encryptionKey: lake.encryptionKey,
    retention: options.logRetention ?? logs.RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  logGroup.node.addDependency(lake);
  const role = new iam.Role(scope, 'Role', {
    description: options.roleDescription,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  const policy = new iam.ManagedPolicy(scope, 'Policy', { roles: [role], statements: options.statements(document, logGroup) });
  acknowledgeWildcards(policy, 'parts are named by slot, log streams by Lambda, and tracing has no resources');

  const worker = new lambda.Function(scope, 'Function', {
    description: options.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: `index.${options.handler}`,
    code: lambda.Code.fromAsset(BUNDLE_FOLDER, { exclude: ['*.map'] }),
    role: role.withoutPolicyUpdates(),
    logGroup,
    loggingFormat: lambda.LoggingFormat.JSON,
    memorySize: 512,
    timeout: options.timeout ?? Duration.minutes(5),
    tracing: lambda.Tracing.ACTIVE,
    reservedConcurrentExecutions: options.reservedConcurrentExecutions,
    environment: {
      LAKE_BUCKET: lake.bucket.bucketName,
      SPEC_BUCKET: document.s3BucketName,
      SPEC_KEY: document.s3ObjectKey,
      PLATFORM_NAME: options.platformName ?? scope.node.path,
      POWERTOOLS_SERVICE_NAME: options.service,
    },
  });
  worker.node.addDependency(policy);
  return worker;
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
