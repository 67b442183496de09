import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { AlarmSet } from './alarm-set';
import { FeaturePipeline } from '../../orchestration/feature-pipeline';
import { FeatureSpec } from '../../spec/feature-spec';
import { AlarmOptions } from '../alarm-options';

const SUM: cloudwatch.MetricOptions = { period: Duration.minutes(5), statistic: cloudwatch.Stats.SUM };

/** What can go wrong with a run. */
export function watchPipeline(alarms: AlarmSet, pipeline: FeaturePipeline, spec: FeatureSpec, options: AlarmOptions): void {
  watchRuns(alarms, pipeline);
  const staleAfterSlots = options.staleAfterSlots ?? 3;
  alarms.watch('FeaturesStale', {
    meaning: `No slot has been published in time for ${staleAfterSlots} slots`,
    runbook: 'features-stale',
    // The newest slot of each period counts: a slot that is run again later says nothing about freshness.
    metric: pipeline.metricFeatureAge({ period: spec.slot.length, statistic: cloudwatch.Stats.MINIMUM }),
    threshold: staleAfterSlots * spec.slot.length.toSeconds(),
    evaluationPeriods: staleAfterSlots,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    actionsEnabled: pipeline.scheduleEnabled,
  });
  alarms.watch('PublishMismatch', {
    meaning: 'The publisher did not account for every record of a publish set',
    runbook: 'publish-mismatch',
    metric: pipeline.metric('PublishMismatch', SUM),
    threshold: 0,
  });
  alarms.watch('ConservationMismatch', {
    meaning: 'The lines that were read are not the sum of those accepted, dropped as duplicates and quarantined',
    runbook: 'conservation-mismatch',
    metric: pipeline.metric('ConservationMismatch', SUM),
    threshold: 0,
  });
  alarms.watch('FeatureOverflows', {
    meaning: 'Values of features did not fit their type and are absent',
    runbook: 'feature-overflows',
    metric: pipeline.metric('FeatureOverflows', SUM),
    threshold: 0,
  });
  if (spec.datasets.labels !== undefined) watchLabels(alarms, pipeline);
}

function watchLabels(alarms: AlarmSet, pipeline: FeaturePipeline): void {
  alarms.watch('LabelsUnused', {
    meaning: 'A day has no training rows, because none of its events has a label that can be used',
    runbook: 'labels-unused',
    metric: pipeline.metric('LabelsUsed', SUM),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  });
  alarms.watch('LabelFilesUnreadable', {
    meaning: 'A training set was built without label files that could not be read, or not to their end',
    runbook: 'label-files-unreadable',
    metric: pipeline.metric('LabelFilesUnreadable', SUM),
    threshold: 0,
  });
}

function watchRuns(alarms: AlarmSet, { stateMachine, deadLetterQueue }: FeaturePipeline): void {
  alarms.watch('RunFailed', {
    meaning: 'A run of the pipeline failed',
    runbook: 'run-failed',
    metric: stateMachine.metricFailed(SUM),
    threshold: 0,
  });
  alarms.watch('RunTimedOut', {
    meaning: 'A run of the pipeline took too long and was ended',
    runbook: 'run-timed-out',
    metric: stateMachine.metricTimedOut(SUM),
    threshold: 0,
  });
  alarms.watch('RunAborted', {
    meaning: 'A run of the pipeline was stopped by hand',
    runbook: 'run-aborted',
    metric: stateMachine.metricAborted(SUM),
    threshold: 0,
  });
  alarms.watch('StartFailed', {
    meaning: 'The scheduler could not start a run',
    runbook: 'start-failed',
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: cloudwatch.Stats.MAXIMUM,
    }),
    threshold: 0,
  });
}
