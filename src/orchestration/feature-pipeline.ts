import {
  Duration, Names, RemovalPolicy,
  aws_cloudwatch as cloudwatch, aws_events as events, aws_logs as logs, aws_scheduler as scheduler, aws_sqs as sqs, aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { FeaturePipelineProps } from './feature-pipeline-props';
import { backfillRun } from './private/backfill-run';
import { AUDIT_LABEL, dailyRun } from './private/daily-run';
import { LONGEST_BACKFILL_DAYS } from './private/jsonata/backfill-problems';
import { warnOfOverflows } from './private/overflow-warnings';
import { requireOwnLake } from './private/own-lake';
import { allowChildren, pipelineRole } from './private/pipeline-role';
import { METRIC_NAMESPACE } from './private/run-metrics';
import { RunSchedules } from './private/run-schedules';
import { RunOptions } from './private/run-states';
import { PUBLISH_LABEL, streamRun } from './private/stream-run';
import { MedallionError, quoted } from '../private/errors';
import { defaultPlatformName } from '../private/platform-name';

/**
 * The pipeline of one platform: a state machine that runs one slot, one day or a backfill, and the schedules that start the first two.
 *
 * A run may be stopped at any point and repeated any number of times; a slot that was missed is made up by the next.
 */
export class FeaturePipeline extends Construct {
  /** Runs one slot, builds one day or recomputes a range, as its input says. */
  public readonly stateMachine: sfn.IStateMachine;

  /** The schedules: one for the slots and one for the days. */
  public readonly schedules: scheduler.CfnSchedule[];

  /** Name of the group that the schedules are in. */
  public readonly scheduleGroupName: string;

  /** Starts that the scheduler could not make. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** Name of the platform, which the metrics of the runs carry as a dimension. */
  public readonly platformName: string;

  /** Whether runs start by themselves. */
  public readonly scheduleEnabled: boolean;

  public constructor(scope: Construct, id: string, props: FeaturePipelineProps) {
    super(scope, id);
    requireOneApplication(this, props);
    requireOwnLake(this, props);
    warnOfOverflows(this, props.spec);
    this.platformName = props.platformName ?? defaultPlatformName(this);
    this.scheduleEnabled = props.scheduleEnabled ?? true;
    const options: RunOptions = {
      ...props,
      platformName: this.platformName,
      publishConcurrency: props.publishConcurrency ?? 4,
    };

    const { role, policy } = pipelineRole(this, options);
    const stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      comment: 'Runs one slot, builds the datasets of one day, or recomputes a range of time',
      definitionBody: sfn.DefinitionBody.fromChainable(definition(this, options)),
      queryLanguage: sfn.QueryLanguage.JSONATA,
      role: role.withoutPolicyUpdates(),
      // Only a backstop: every task has a timeout of its own.
      timeout: longestExecution(props),
      tracingEnabled: true,
      logs: { level: sfn.LogLevel.ALL, includeExecutionData: true, destination: this.createLogGroup(props) },
    });
    stateMachine.node.addDependency(policy);
    allowChildren(this, role, stateMachine, [PUBLISH_LABEL, ...(props.auditor ? [AUDIT_LABEL] : [])]);
    this.stateMachine = stateMachine;

    const schedules = new RunSchedules(this, 'Schedules', {
      slot: props.spec.slot,
      stateMachineArn: stateMachine.stateMachineArn,
      encryptionKey: props.lake.encryptionKey,
      groupName: Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }),
      enabled: this.scheduleEnabled,
    });
    this.schedules = schedules.schedules;
    this.scheduleGroupName = schedules.group.ref;
    this.deadLetterQueue = schedules.deadLetterQueue;
  }

  /**
   * A metric that the runs report, by its name.
   *
   * Stream runs report `LinesRead`, `EventsAccepted`, `EventsDuplicate`, `EventsQuarantined`, `RecordsPublished`,
   * `RecordsDeadLettered`, `PublishMismatch`, `ConservationMismatch` and `FeatureAge`; daily runs `DatasetTrainingRows`,
   * and with an auditor `AuditRecords` and `AuditDifferences`; backfills `BackfillSilverRows` and `BackfillGoldRows`, the
   * rows that they changed; and all of them `FeatureOverflows`, the values that are absent because they do not fit their type.
   */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { Platform: this.platformName },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }

  /** Seconds between the end of a slot and the publication of its features. */
  public metricFeatureAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('FeatureAge', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Defines a rule for runs that failed, timed out or were stopped. */
  public onRunFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onRun(id, ['FAILED', 'TIMED_OUT', 'ABORTED'], options);
  }

  /** Defines a rule for runs that succeeded. */
  public onRunSucceeded(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onRun(id, ['SUCCEEDED'], options);
  }

  private onRun(id: string, status: string[], options: events.OnEventOptions): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addTarget(options.target);
    rule.addEventPattern({
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [this.stateMachine.stateMachineArn], status },
    });
    return rule;
  }

  private createLogGroup(props: FeaturePipelineProps): logs.ILogGroup {
    const logGroup = new logs.LogGroup(this, 'Logs', {
      // The prefix keeps the log delivery of the account below the size limit of its resource policy.
      logGroupName: `/aws/vendedlogs/states/${Names.uniqueResourceName(this, { maxLength: 64, separator: '-' })}`,
      encryptionKey: props.lake.encryptionKey,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.node.addDependency(props.lake);
    return logGroup;
  }
}

function definition(scope: Construct, options: RunOptions): sfn.IChainable {
  const mode = (name: string) => sfn.Condition.jsonata(`{% $states.input.mode = '${name}' %}`);
  const unknown = sfn.Fail.jsonata(scope, 'UnknownMode', {
    error: 'UnknownMode',
    cause: "The input has no mode that this state machine knows; set 'mode' to 'stream', 'daily' or 'backfill'",
  });
  return sfn.Choice.jsonata(scope, 'Mode')
    .when(mode('stream'), streamRun(scope, options))
    .when(mode('daily'), dailyRun(scope, options))
    .when(mode('backfill'), backfillRun(scope, options))
    .otherwise(unknown);
}

/** The longest backfill, each chunk of which is run twice at the most, and an hour for everything else. */
function longestExecution({ streamJob, datasetJob, backfillJob }: FeaturePipelineProps): Duration {
  const seconds = [streamJob, datasetJob, backfillJob].map((job) => job.timeout.plus(job.runtime.queueTimeout).toSeconds());
  return Duration.seconds(LONGEST_BACKFILL_DAYS * 2 * Math.max(...seconds) + Duration.hours(1).toSeconds());
}

/** On two applications a slot and a chunk could run side by side, and one of them would fail at the table's commit. */
function requireOneApplication(scope: Construct, { streamJob, backfillJob }: FeaturePipelineProps): void {
  if (streamJob.runtime !== backfillJob.runtime) {
    throw new MedallionError('InvalidProperty', [{
      where: `${scope.node.path}.backfillJob`,
      got: `a job on the application ${quoted(backfillJob.runtime.node.path)}`,
      expected: `the application of the stream job, ${quoted(streamJob.runtime.node.path)}`,
      fix: 'create the job with the same runtime',
    }]);
  }
}
