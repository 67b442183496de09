import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { AlarmSet } from './alarm-set';
import { OnlinePublisher } from '../../feature-store/online-publisher';
import { FeaturePipeline } from '../../orchestration/feature-pipeline';

const SUM: cloudwatch.MetricOptions = { period: Duration.minutes(5), statistic: cloudwatch.Stats.SUM };

/** What can go wrong on the way into Feature Store. */
export function watchFeatureStore(alarms: AlarmSet, publisher: OnlinePublisher, pipeline: FeaturePipeline): void {
  alarms.watch('DeadLetters', {
    meaning: 'Feature Store refused records, which are kept as dead letters',
    runbook: 'dead-letters',
    metric: pipeline.metric('RecordsDeadLettered', SUM),
    threshold: 0,
  });
  alarms.watch('PublisherErrors', {
    meaning: 'The publisher failed on a part of a publish set',
    runbook: 'publisher-errors',
    metric: publisher.metricErrors(SUM),
    threshold: 0,
  });
  alarms.watch('PublisherThrottled', {
    meaning: 'Lambda refuses to run the publisher because too many functions run at once',
    runbook: 'publisher-throttled',
    metric: publisher.metricThrottles(SUM),
    threshold: 0,
    evaluationPeriods: 3,
  });
}

/** What an audit can find. */
export function watchAudit(alarms: AlarmSet, pipeline: FeaturePipeline): void {
  alarms.watch('AuditDifferences', {
    meaning: 'Online records are not what they have to be; the next slot publishes them again',
    runbook: 'audit-differences',
    metric: pipeline.metric('AuditDifferences', SUM),
    threshold: 0,
  });
}
