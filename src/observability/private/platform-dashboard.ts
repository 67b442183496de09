import { Duration, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { SparkRuntime } from '../../compute/spark-runtime';
import { OnlineAuditor } from '../../feature-store/online-auditor';
import { OnlinePublisher } from '../../feature-store/online-publisher';
import { StreamIngest } from '../../ingest/stream-ingest';
import { FeaturePipeline } from '../../orchestration/feature-pipeline';
import { FeatureSpec } from '../../spec/feature-spec';

const SUM: cloudwatch.MetricOptions = { statistic: cloudwatch.Stats.SUM, period: Duration.minutes(10) };

/** The stages that the dashboard shows. */
export interface DashboardStages {
  readonly spec: FeatureSpec;
  readonly ingest: StreamIngest;
  readonly streamRuntime: SparkRuntime;
  readonly datasetRuntime: SparkRuntime;
  readonly publisher: OnlinePublisher;
  readonly auditor?: OnlineAuditor;
  readonly pipeline: FeaturePipeline;
}

/** The rows of the dashboard: the four questions of every morning first, then the stages in the order of the flow. */
export function dashboardRows(stages: DashboardStages): cloudwatch.IWidget[][] {
  const { pipeline } = stages;
  const reported = (name: string) => pipeline.metric(name, { ...SUM, label: name });
  return [
    heading('Is the platform well?'),
    overview(stages),
    heading('Events arrive'),
    [
      graph('Events into the stream', [stages.ingest.metricIncomingRecords(SUM)]),
      graph('Age of what is not yet read (ms)', [stages.ingest.metricIteratorAge()]),
      graph('Age of what is not yet delivered (s)', [stages.ingest.metricDeliveryFreshness()]),
    ],
    heading('Silver and gold'),
    [
      graph('What became of the lines', ['EventsAccepted', 'EventsDuplicate', 'EventsQuarantined'].map(reported), 6),
      graph('Lines that were lost, and values that do not fit', ['ConservationMismatch', 'FeatureOverflows'].map(reported), 6),
      graph('Rows changed by backfills', ['BackfillSilverRows', 'BackfillGoldRows'].map(reported), 6),
      graph('Spark runs', runs(stages), 6),
    ],
    heading('Online features'),
    [
      graph('Records published', ['RecordsPublished', 'RecordsDeadLettered'].map(reported), 6),
      graph('Age of the features (s)', [pipeline.metricFeatureAge()], 6),
      graph('Publisher', [stages.publisher.metricErrors(SUM), stages.publisher.metricThrottles(SUM)], 6),
      ...(stages.auditor ? [graph('Records audited', ['AuditRecords', 'AuditDifferences'].map(reported), 6)] : []),
    ],
    heading('Datasets'),
    [
      graph('Training rows', [reported('DatasetTrainingRows')]),
      ...(stages.spec.datasets.labels ? [graph('Labels', ['LabelsUsed', 'LabelsUnreadable', 'LabelFilesUnreadable'].map(reported))] : []),
    ],
  ];
}

function overview({ ingest, streamRuntime, pipeline }: DashboardStages): cloudwatch.IWidget[] {
  const { stateMachine } = pipeline;
  const successRate = new cloudwatch.MathExpression({
    expression: '100 * succeeded / (succeeded + failed)',
    usingMetrics: { succeeded: streamRuntime.metricSucceededRuns(SUM), failed: streamRuntime.metricFailedRuns(SUM) },
    label: 'Runs that succeeded (%)',
    period: SUM.period,
  });
  const deliveryRate = new cloudwatch.MathExpression({
    expression: '100 * delivered',
    usingMetrics: { delivered: ingest.metricDeliverySuccess() },
    label: 'Puts that succeeded (%)',
  });
  const read = pipeline.metric('LinesRead', { ...SUM, label: 'Lines read' });
  const published = pipeline.metric('RecordsPublished', { ...SUM, label: 'Records published' });
  return [
    graph('Step Functions: status of runs', [
      stateMachine.metricSucceeded(SUM), stateMachine.metricFailed(SUM), stateMachine.metricTimedOut(SUM), stateMachine.metricAborted(SUM),
    ], 6),
    graph('EMR Serverless: job success rate', [successRate], 6),
    graph('Firehose: delivery rate', [deliveryRate], 6),
    graph('Pipeline: lines and records', [read, published], 6),
  ];
}

function runs({ streamRuntime, datasetRuntime }: DashboardStages): cloudwatch.IMetric[] {
  return [
    streamRuntime.metricSucceededRuns({ ...SUM, label: 'Slots and backfills: succeeded' }),
    streamRuntime.metricFailedRuns({ ...SUM, label: 'Slots and backfills: failed' }),
    datasetRuntime.metricSucceededRuns({ ...SUM, label: 'Days: succeeded' }),
    datasetRuntime.metricFailedRuns({ ...SUM, label: 'Days: failed' }),
  ];
}

function heading(text: string): cloudwatch.IWidget[] {
  return [new cloudwatch.TextWidget({ markdown: `## ${text}`, width: 24, height: 1 })];
}

function graph(title: string, left: cloudwatch.IMetric[], width = 8): cloudwatch.IWidget {
  return new cloudwatch.GraphWidget({ title, left, width });
}
