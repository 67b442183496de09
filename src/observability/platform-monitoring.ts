import { Aws, Stack, aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_iam as iam, aws_sns as sns, aws_sns_subscriptions as subscriptions } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AlarmOptions } from './alarm-options';
import { AlarmSet } from './private/alarm-set';
import { watchAudit, watchFeatureStore } from './private/feature-store-alarms';
import { watchIngest } from './private/ingest-alarms';
import { watchPipeline } from './private/pipeline-alarms';
import { dashboardRows } from './private/platform-dashboard';
import { SparkRuntime } from '../compute/spark-runtime';
import { OnlineAuditor } from '../feature-store/online-auditor';
import { OnlinePublisher } from '../feature-store/online-publisher';
import { StreamIngest } from '../ingest/stream-ingest';
import { DataLake } from '../lake/data-lake';
import { FeaturePipeline } from '../orchestration/feature-pipeline';
import { sourceConditions } from '../private/arns';
import { FeatureSpec } from '../spec/feature-spec';

/** Properties for `PlatformMonitoring`. */
export interface PlatformMonitoringProps {
  /** The declaration, whose slot and buffer interval set the thresholds. */
  readonly spec: FeatureSpec;

  /** The lake, whose key encrypts the messages. */
  readonly lake: DataLake;

  /** How events come in. */
  readonly ingest: StreamIngest;

  /** The application that runs the slots. */
  readonly streamRuntime: SparkRuntime;

  /** The application that builds the datasets. */
  readonly datasetRuntime: SparkRuntime;

  /** What writes features to Feature Store. */
  readonly publisher: OnlinePublisher;

  /**
   * What compares the records of Feature Store with what they have to be.
   *
   * @default - they are not compared, so that nothing is to be seen of it
   */
  readonly auditor?: OnlineAuditor;

  /** What runs the slots. */
  readonly pipeline: FeaturePipeline;

  /**
   * Addresses that get a message when an alarm goes off and when it ends; each has to confirm once.
   *
   * @default - nobody
   */
  readonly alarmEmails?: string[];

  /**
   * Other subscriptions to the messages.
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
}

/** The alarms of a platform, the topic that they report to, and a dashboard in the order of the flow. */
export class PlatformMonitoring extends Construct {
  /** The topic that every alarm reports to. */
  public readonly topic: sns.ITopic;

  /** Every alarm. */
  public readonly alarms: cloudwatch.IAlarm[];

  /** The dashboard. */
  public readonly dashboard: cloudwatch.Dashboard;

  public constructor(scope: Construct, id: string, props: PlatformMonitoringProps) {
    super(scope, id);
    this.topic = this.createTopic(props);

    const options = props.alarms ?? {};
    const alarms = new AlarmSet(this, new actions.SnsAction(this.topic), options);
    watchIngest(alarms, props.ingest, props.spec, options);
    watchPipeline(alarms, props.pipeline, props.spec, options);
    watchFeatureStore(alarms, props.publisher, props.pipeline);
    if (props.auditor) watchAudit(alarms, props.pipeline);
    this.alarms = alarms.alarms;

    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { widgets: dashboardRows(props) });
  }

  private createTopic(props: PlatformMonitoringProps): sns.ITopic {
    const alarmArns = Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' });
    const cloudWatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
    props.lake.encryptionKey.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AlarmMessages',
      principals: [cloudWatch],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }));

    const topic = new sns.Topic(this, 'Topic', { masterKey: props.lake.encryptionKey, enforceSSL: true });
    // A topic with a policy of its own no longer has the default one, which let the alarms of the account publish.
    topic.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: sourceConditions(this, alarmArns),
    }));
    (props.alarmEmails ?? []).forEach((email) => topic.addSubscription(new subscriptions.EmailSubscription(email)));
    (props.alarmSubscriptions ?? []).forEach((subscription) => topic.addSubscription(subscription));
    return topic;
  }
}
