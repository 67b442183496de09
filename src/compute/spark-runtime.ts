import { Duration, Names, Size, Stack, aws_cloudwatch as cloudwatch, aws_ec2 as ec2, aws_emrserverless as emrserverless } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EmrRelease } from './emr-release';
import { allowServiceLogs } from './private/log-encryption';
import { DataLake } from '../lake/data-lake';
import { Problems } from '../private/errors';
import { LAKE_FOLDERS } from '../spec/lake-folders';

const QUEUE_TIMEOUT_MIN = Duration.minutes(15);
const QUEUE_TIMEOUT_MAX = Duration.minutes(720);

/** Properties for `SparkRuntime`. */
export interface SparkRuntimeProps {
  /** The lake that keeps the logs of the runs. */
  readonly lake: DataLake;

  /**
   * How many runs may be in progress at once; the others wait in the application's queue.
   *
   * The stream runs of one platform must not overlap: leave it at 1 for them.
   *
   * @default 1
   */
  readonly maxConcurrentRuns?: number;

  /**
   * How long a run may wait in the queue before it is refused, from 15 minutes to 12 hours.
   *
   * @default Duration.minutes(15)
   */
  readonly queueTimeout?: Duration;

  /**
   * The release of EMR Serverless.
   *
   * @default EmrRelease.EMR_7_14_0
   */
  readonly release?: EmrRelease;

  /**
   * The most vCPUs that all workers may use together.
   *
   * A new account may use 16 in a Region, over all its applications.
   *
   * @default 16
   */
  readonly maximumVcpu?: number;

  /**
   * The most memory that all workers may use together.
   *
   * @default - 4 GiB for each vCPU
   */
  readonly maximumMemory?: Size;

  /**
   * How long the application stays started when no run is in progress.
   *
   * No workers are kept meanwhile, so that the time costs nothing.
   *
   * @default Duration.minutes(15)
   */
  readonly idleTimeout?: Duration;

  /**
   * The network that the workers are placed in.
   *
   * Without one they reach S3, Glue, KMS and CloudWatch Logs in the Region, which is all that the jobs need.
   * With one, all traffic leaves through its subnets, and these need endpoints or a NAT gateway.
   *
   * @default - no network
   */
  readonly network?: SparkNetwork;
}

/** A network for Spark workers. */
export interface SparkNetwork {
  /** The network. */
  readonly vpc: ec2.IVpc;

  /**
   * The subnets that a run may be placed in; each run uses one of them.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the workers.
   *
   * @default - a new group without inbound rules
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * An EMR Serverless application for Spark on ARM64.
 *
 * Workers start with a run and end with it: nothing runs, or costs, between two runs.
 */
export class SparkRuntime extends Construct {
  /** Id of the application. */
  public readonly applicationId: string;

  /** ARN of the application. */
  public readonly applicationArn: string;

  /** Name of the application, which its metrics carry as a dimension. */
  public readonly applicationName: string;

  /** How long a run may wait in the queue. */
  public readonly queueTimeout: Duration;

  /** The security groups of the workers, when they are placed in a network. */
  public readonly securityGroups: ec2.ISecurityGroup[];

  public constructor(scope: Construct, id: string, props: SparkRuntimeProps) {
    super(scope, id);
    validate(this, props);

    const maximumVcpu = props.maximumVcpu ?? 16;
    const maximumMemory = props.maximumMemory ?? Size.gibibytes(4 * maximumVcpu);
    this.applicationName = Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    this.queueTimeout = props.queueTimeout ?? QUEUE_TIMEOUT_MIN;
    this.securityGroups = this.resolveSecurityGroups(props.network);
    allowServiceLogs(this, props.lake.encryptionKey);

    const application = new emrserverless.CfnApplication(this, 'Resource', {
      name: this.applicationName,
      type: 'SPARK',
      architecture: 'ARM64',
      releaseLabel: (props.release ?? EmrRelease.EMR_7_14_0).label,
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: (props.idleTimeout ?? QUEUE_TIMEOUT_MIN).toMinutes() },
      maximumCapacity: { cpu: `${maximumVcpu} vCPU`, memory: `${maximumMemory.toGibibytes()} GB` },
      schedulerConfiguration: {
        maxConcurrentRuns: props.maxConcurrentRuns ?? 1,
        queueTimeoutMinutes: this.queueTimeout.toMinutes(),
      },
      networkConfiguration: props.network && {
        subnetIds: props.network.vpc.selectSubnets(props.network.vpcSubnets).subnetIds,
        securityGroupIds: this.securityGroups.map((group) => group.securityGroupId),
      },
      monitoringConfiguration: {
        s3MonitoringConfiguration: {
          logUri: props.lake.bucket.s3UrlForObject(LAKE_FOLDERS.sparkLogs),
          encryptionKeyArn: props.lake.encryptionKey.keyArn,
        },
        managedPersistenceMonitoringConfiguration: {
          enabled: true,
          encryptionKeyArn: props.lake.encryptionKey.keyArn,
        },
      },
    });
    application.node.addDependency(props.lake);

    this.applicationId = application.attrApplicationId;
    this.applicationArn = application.attrArn;
  }

  /** Runs that ended well. */
  public metricSucceededRuns(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('SuccessJobs', options);
  }

  /** Runs that failed. */
  public metricFailedRuns(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('FailedJobs', options);
  }

  private metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/EMRServerless',
      metricName,
      // Since EMR 7.10 the series carry both dimensions: with the id alone there is no data.
      dimensionsMap: { ApplicationId: this.applicationId, ApplicationName: this.applicationName },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }

  private resolveSecurityGroups(network?: SparkNetwork): ec2.ISecurityGroup[] {
    if (!network) {
      return [];
    }
    return network.securityGroups ?? [
      new ec2.SecurityGroup(this, 'SecurityGroup', {
        vpc: network.vpc,
        description: `Spark workers of ${Stack.of(this).stackName}`,
      }),
    ];
  }
}

function validate(scope: Construct, props: SparkRuntimeProps): void {
  const problems = new Problems();
  const where = (prop: string) => `${scope.node.path}.${prop}`;
  const runs = props.maxConcurrentRuns ?? 1;
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) {
    problems.add(where('maxConcurrentRuns'), `${runs}`, 'a whole number from 1 to 1000', 'use 1 for stream runs');
  }
  const queue = (props.queueTimeout ?? QUEUE_TIMEOUT_MIN).toMinutes({ integral: false });
  if (!Number.isInteger(queue) || queue < QUEUE_TIMEOUT_MIN.toMinutes() || queue > QUEUE_TIMEOUT_MAX.toMinutes()) {
    problems.add(where('queueTimeout'), `${queue} minutes`, 'whole minutes from 15 to 720', 'use Duration.minutes(15)');
  }
  const vcpu = props.maximumVcpu ?? 16;
  if (!Number.isInteger(vcpu) || vcpu < 2) {
    problems.add(where('maximumVcpu'), `${vcpu}`, 'a whole number of at least 2', 'leave room for a driver and an executor');
  }
  problems.throwIfAny('InvalidProperty');
}
