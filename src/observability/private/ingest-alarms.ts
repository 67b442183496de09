import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { AlarmSet } from './alarm-set';
import { StreamIngest } from '../../ingest/stream-ingest';
import { FeatureSpec } from '../../spec/feature-spec';
import { AlarmOptions } from '../alarm-options';

const PERIOD = Duration.minutes(5);

/** How long a delivery may take after the buffer interval has passed. */
const DELIVERY_SLACK = Duration.minutes(5);

/** The share of puts to S3 that have to succeed. */
const DELIVERY_SUCCESS = 0.95;

/** What can go wrong on the way into bronze. */
export function watchIngest(alarms: AlarmSet, ingest: StreamIngest, spec: FeatureSpec, options: AlarmOptions): void {
  alarms.watch('DeliveryFailing', {
    meaning: 'Fewer than 95 % of the puts of events into bronze succeed',
    runbook: 'delivery-failing',
    // The service reports each put as 0 or 1, so that the average is the share that succeeded.
    metric: ingest.metricDeliverySuccess({ period: PERIOD }),
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: DELIVERY_SUCCESS,
    evaluationPeriods: 2,
  });
  alarms.watch('DeliveryLate', {
    meaning: 'Events wait too long before they are delivered into bronze, and may miss their slot',
    runbook: 'delivery-late',
    metric: ingest.metricDeliveryFreshness({ period: PERIOD }),
    threshold: spec.bufferInterval.plus(DELIVERY_SLACK).toSeconds(),
    evaluationPeriods: 2,
  });
  alarms.watch('StreamFallingBehind', {
    meaning: 'The delivery stream reads events more slowly than they come in',
    runbook: 'stream-falling-behind',
    metric: ingest.metricIteratorAge({ period: PERIOD }),
    threshold: (options.behindAfterSlots ?? 1) * spec.slot.length.toMilliseconds(),
    evaluationPeriods: 3,
  });
}
