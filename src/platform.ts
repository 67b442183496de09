import { CfnOutput, Duration, Names, RemovalPolicy, aws_kinesis as kinesis, aws_kms as kms, aws_s3 as s3, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { FeatureCatalog } from './catalog/feature-catalog';
import { SparkCode } from './compute/spark-code';
import { SparkJob } from './compute/spark-job';
import { SparkNetwork, SparkRuntime } from './compute/spark-runtime';
import { WorkerSize } from './compute/worker-size';
import { FeatureGroup } from './feature-store/feature-group';
import { OnlineAuditor } from './feature-store/online-auditor';
import { OnlinePublisher } from './feature-store/online-publisher';
import { StreamIngest } from './ingest/stream-ingest';
import { DataLake } from './lake/data-lake';
import { AlarmOptions } from './observability/alarm-options';
import { PlatformMonitoring } from './observability/platform-monitoring';
import { FeaturePipeline } from './orchestration/feature-pipeline';
import { PlatformGrants } from './platform-grants';
import { defaultPlatformName } from './private/platform-name';
import { DatasetOptions } from './spec/dataset-options';
import { EventSchema } from './spec/event-schema';
import { FeatureGroupSpec } from './spec/feature-group-spec';
import { FeatureSpec } from './spec/feature-spec';
import { Slot } from './spec/slot';

/** Properties for `MedallionFeaturePlatform`. */
export interface MedallionFeaturePlatformProps {
  /** The events that come in. */
  readonly events: EventSchema;

  /** What is computed from the events, one group for each kind of entity. */
  readonly featureGroups: FeatureGroupSpec[];

  /**
   * The rhythm of the pipeline.
   *
   * @default Slot.every(Duration.minutes(10))
   */
  readonly slot?: Slot;

  /**
   * What the daily training, validation and inference datasets contain.
   *
   * @default - 30 days of unlabelled rows, of which the last 20 % validate
   */
  readonly datasets?: DatasetOptions;

  /**
   * The file that remembers what was declared, relative to the working directory; it belongs under version control.
   *
   * With it, a change that would break a table or a feature group is refused when the app is synthesized.
   *
   * @default - what was declared before is not known, so that such a change is not noticed
   */
  readonly lockFile?: string;

  /**
   * How long the delivery stream may hold events back, in whole seconds up to 15 minutes.
   *
   * @default Duration.minutes(1)
   */
  readonly bufferInterval?: Duration;

  /**
   * Name of the platform in metrics and resource names; lower-case letters, digits and hyphens.
   *
   * @default - a name made from the path of the construct
   */
  readonly platformName?: string;

  /**
   * The key that encrypts everything. The policy of an imported key has to allow the services that use it.
   *
   * @default - the key of the given bucket, or a new key that rotates every year
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The bucket of the lake. It holds one platform: a second one of the app is refused, and the runs of one of another
   * app fail.
   *
   * @default - a new bucket: encrypted, versioned, closed to the public, its access logged
   */
  readonly bucket?: s3.IBucket;

  /**
   * The stream that events are put on.
   *
   * @default - a new stream
   */
  readonly stream?: kinesis.IStream;

  /**
   * The network that Spark workers are placed in.
   *
   * @default - no network: the jobs reach what they need without one
   */
  readonly network?: SparkNetwork;

  /**
   * Size of each Spark executor.
   *
   * @default WorkerSize.MEDIUM
   */
  readonly executorSize?: WorkerSize;

  /**
   * The most executors that one run may use.
   *
   * @default 4
   */
  readonly maxExecutors?: number;

  /**
   * Whether runs start by themselves.
   *
   * @default true
   */
  readonly scheduleEnabled?: boolean;

  /**
   * The share of the entities whose online records are compared each day with what they have to be, from 0 to 1; with 0
   * none is, and nothing is created for it.
   *
   * A record that differs is published again by the next slot, and an alarm goes off. A record of up to 4 KB that is read
   * costs one read unit: $0.25 a million in us-east-1, so about $7.50 a month for each million of entities at a share of 1.
   *
   * @default 1
   */
  readonly auditSample?: number;

  /**
   * Addresses that get a message when an alarm goes off and when it ends; each has to confirm once.
   *
   * @default - nobody
   */
  readonly alarmEmails?: string[];

  /**
   * Other subscriptions to the messages of the alarms.
   *
   * @default - none
   */
  readonly alarmSubscriptions?: sns.ITopicSubscription[];

  /**
   * Options of the alarms.
   *
   * @default - see the options
   */
  readonly alarms?: AlarmOptions;

  /**
   * What happens to everything that keeps data when it is removed from the stack.
   *
   * A bucket that has objects is never deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A feature platform for one kind of events, in one account.
 *
 * Events come in on a stream, are kept unchanged, cleaned, turned into features that are correct at every point in time,
 * served from Feature Store and built into daily datasets. Every part is a construct that can be used alone; this one
 * creates them in the order in which an event passes through them, and connects them.
 */
export class MedallionFeaturePlatform extends Construct {
  /** Name of the platform in metrics and resource names. */
  public readonly platformName: string;

  /** The declaration that everything derives from. */
  public readonly spec: FeatureSpec;

  /** The bucket with all layers, under one key. */
  public readonly lake: DataLake;

  /** Step 1: the stream, and its delivery into bronze. */
  public readonly ingest: StreamIngest;

  /** The tables of all layers. */
  public readonly catalog: FeatureCatalog;

  /** Step 2: the application that runs the slots and the backfills, one run at a time. */
  public readonly streamRuntime: SparkRuntime;

  /** The application that builds the datasets. */
  public readonly datasetRuntime: SparkRuntime;

  /** Step 3: the feature groups, in declared order. */
  public readonly featureGroups: FeatureGroup[];

  /** What writes features to the feature groups. */
  public readonly publisher: OnlinePublisher;

  /** What compares the records of the feature groups with what they have to be; none where the sample is 0. */
  public readonly auditor?: OnlineAuditor;

  /** What runs the steps, and when. */
  public readonly pipeline: FeaturePipeline;

  /** Alarms, their topic and the dashboard. */
  public readonly monitoring: PlatformMonitoring;

  /** Who may produce events, read features and operate the platform. */
  public readonly grants: PlatformGrants;

  public constructor(scope: Construct, id: string, props: MedallionFeaturePlatformProps) {
    super(scope, id);
    this.spec = new FeatureSpec(props);
    this.platformName = props.platformName ?? defaultPlatformName(this);
    const base = { spec: this.spec, platformName: this.platformName, removalPolicy: props.removalPolicy };

    this.lake = new DataLake(this, 'Lake', {
      bucket: props.bucket,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.bucket ? undefined : props.removalPolicy,
    });
    const common = { ...base, lake: this.lake };
    this.ingest = new StreamIngest(this, 'Ingest', { ...common, stream: props.stream });
    this.catalog = new FeatureCatalog(this, 'Catalog', common);

    const code = new SparkCode(this, 'SparkCode', common);
    const job = { ...common, catalog: this.catalog, code, executor: props.executorSize, maxExecutors: props.maxExecutors };
    this.streamRuntime = new SparkRuntime(this, 'StreamRuntime', { lake: this.lake, network: props.network });
    this.datasetRuntime = new SparkRuntime(this, 'DatasetRuntime', { lake: this.lake, network: props.network });
    const streamJob = new SparkJob(this, 'StreamJob', { ...job, runtime: this.streamRuntime, entryPoint: code.silverAndGold });
    const datasetJob = new SparkJob(this, 'DatasetJob', { ...job, runtime: this.datasetRuntime, entryPoint: code.buildDatasets });
    const backfillJob = new SparkJob(this, 'BackfillJob', { ...job, runtime: this.streamRuntime, entryPoint: code.backfill });

    this.featureGroups = this.createFeatureGroups(common);
    this.publisher = new OnlinePublisher(this, 'Publisher', { ...common, featureGroups: this.featureGroups });

    if (props.auditSample !== 0) {
      this.auditor = new OnlineAuditor(this, 'Auditor', { ...common, featureGroups: this.featureGroups, sample: props.auditSample });
    }

    this.pipeline = new FeaturePipeline(this, 'Pipeline', {
      ...common, streamJob, datasetJob, backfillJob, publisher: this.publisher, auditor: this.auditor, scheduleEnabled: props.scheduleEnabled,
    });
    this.monitoring = new PlatformMonitoring(this, 'Monitoring', {
      ...common,
      ingest: this.ingest,
      streamRuntime: this.streamRuntime,
      datasetRuntime: this.datasetRuntime,
      publisher: this.publisher,
      auditor: this.auditor,
      pipeline: this.pipeline,
      alarmEmails: props.alarmEmails,
      alarmSubscriptions: props.alarmSubscriptions,
      alarms: props.alarms,
    });
    this.grants = PlatformGrants.fromPlatform(this);
    this.createOutputs();
  }

  private createFeatureGroups(common: { lake: DataLake; removalPolicy?: RemovalPolicy }): FeatureGroup[] {
    const groups = this.spec.featureGroups.map((spec) => new FeatureGroup(this, `${pascalCase(spec.name)}V${spec.version}`, {
      ...common, spec, featureSpec: this.spec,
    }));
    // Feature Store creates four groups at once at the most.
    groups.slice(1).forEach((group, index) => group.node.addDependency(groups[index]));
    return groups;
  }

  private createOutputs(): void {
    const outputs: Record<string, string> = {
      LakeBucketName: this.lake.bucket.bucketName,
      StreamName: this.ingest.stream.streamName,
      StateMachineArn: this.pipeline.stateMachine.stateMachineArn,
      DatabaseName: this.catalog.databaseName,
      TopicArn: this.monitoring.topic.topicArn,
      DashboardName: this.monitoring.dashboard.dashboardName,
      FeatureGroupNames: this.featureGroups.map((group) => group.featureGroupName).join(','),
      ScheduleGroupName: this.pipeline.scheduleGroupName,
      PublisherFunctionName: this.publisher.function.functionName,
      PlatformName: this.platformName,
    };
    // Each key ends in the name of the output, so that it can be found without knowing where the platform is.
    Object.entries(outputs).forEach(([id, value]) => new CfnOutput(this, id, { value }).overrideLogicalId(`${Names.uniqueId(this)}${id}`));
  }
}

function pascalCase(name: string): string {
  return name.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
