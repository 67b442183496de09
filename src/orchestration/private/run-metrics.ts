/** The CloudWatch namespace of the metrics that runs report. */
export const METRIC_NAMESPACE = 'MedallionFeaturePlatform';

/** One measurement of a run: its unit, and its value as a JSONata expression without delimiters. */
interface Measurement {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds';
  readonly value: string;
}

/** True when every record of the publish set was either written or kept as a dead letter. */
export const ALL_PUBLISHED = '$attempted = $report.publish.records and $attempted = $written + $deadLettered';

const CONSERVED = '$report.lines = $report.accepted + $report.duplicates + $report.quarantinedTotal';

/** The values that do not fit their type and are absent, in whatever a run evaluated. */
const FEATURE_OVERFLOWS = 'FeatureOverflows';

/** What a stream run reports. */
export const STREAM_MEASUREMENTS: Measurement[] = [
  { name: 'LinesRead', unit: 'Count', value: '$report.lines' },
  { name: 'EventsAccepted', unit: 'Count', value: '$report.accepted' },
  { name: 'EventsDuplicate', unit: 'Count', value: '$report.duplicates' },
  { name: 'EventsQuarantined', unit: 'Count', value: '$report.quarantinedTotal' },
  { name: FEATURE_OVERFLOWS, unit: 'Count', value: '$report.overflows' },
  { name: 'RecordsPublished', unit: 'Count', value: '$written' },
  { name: 'RecordsDeadLettered', unit: 'Count', value: '$deadLettered' },
  { name: 'PublishMismatch', unit: 'Count', value: `(${ALL_PUBLISHED}) ? 0 : 1` },
  { name: 'ConservationMismatch', unit: 'Count', value: `(${CONSERVED}) ? 0 : 1` },
  {
    name: 'FeatureAge',
    unit: 'Seconds',
    value: '($toMillis($states.context.State.EnteredTime) - $toMillis($slotEnd)) / 1000',
  },
];

/** What a daily run reports. */
export const DATASET_MEASUREMENTS: Measurement[] = [
  { name: 'DatasetTrainingRows', unit: 'Count', value: '$report.training.rows' },
  { name: FEATURE_OVERFLOWS, unit: 'Count', value: '$report.overflows' },
];

/** What a daily run reports besides if labels are declared. */
export const LABEL_MEASUREMENTS: Measurement[] = [
  { name: 'LabelsUsed', unit: 'Count', value: '$report.labels.used' },
  { name: 'LabelsUnreadable', unit: 'Count', value: '$report.labels.unreadableTotal' },
  { name: 'LabelFilesUnreadable', unit: 'Count', value: '$report.labels.filesUnreadable' },
];

/** What a daily run reports about the records that it audited. */
export const AUDIT_MEASUREMENTS: Measurement[] = [
  { name: 'AuditRecords', unit: 'Count', value: '$audited' },
  { name: 'AuditDifferences', unit: 'Count', value: '$differences' },
];

/** What a backfill reports when all of its chunks are done. */
export const BACKFILL_MEASUREMENTS: Measurement[] = [
  { name: 'BackfillSilverRows', unit: 'Count', value: '$changed.inserted + $changed.replaced + $changed.deleted' },
  { name: 'BackfillGoldRows', unit: 'Count', value: '$changed.goldWritten' },
  { name: FEATURE_OVERFLOWS, unit: 'Count', value: '$changed.overflows' },
];

/** The arguments of `PutMetricData`; the platform's name is the only dimension. */
export function putMetricDataArguments(platformName: string, measurements: Measurement[]): Record<string, unknown> {
  return {
    Namespace: METRIC_NAMESPACE,
    MetricData: measurements.map(({ name, unit, value }) => ({
      MetricName: name,
      Dimensions: [{ Name: 'Platform', Value: platformName }],
      Unit: unit,
      Value: `{% ${value} %}`,
    })),
  };
}
