import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DATASET_MEASUREMENTS, LABEL_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, sparkRun } from './run-states';
import { dayVariables } from './run-times';
import { StartSparkJob } from '../start-spark-job';

const TRAINING_PARTS = '"training": { "rows": training.rows }';
const LABEL_PARTS = '"labels": { "used": labels.used, "unreadableTotal": labels.unreadableTotal, "filesUnreadable": labels.filesUnreadable }';

/** The states of one day's datasets. */
export function dailyRun(scope: Construct, options: RunOptions): sfn.IChainable {
  const day = sfn.Pass.jsonata(scope, 'ResolveDay', { assign: dayVariables() });
  const job = sparkRun(scope, 'BuildDatasets', {
    job: options.datasetJob,
    clientToken: StartSparkJob.attemptToken("'daily-' & $day"),
    runArguments: ['--day', '{% $day %}'],
    runName: "{% 'BuildDatasets-' & $day %}",
    outputs: {},
  });
  const { layout, datasets } = options.spec._toDocument();
  const hasLabels = datasets.labels !== null;
  const parts = reportParts(`{ ${[TRAINING_PARTS, ...(hasLabels ? [LABEL_PARTS] : [])].join(', ')} }`);
  const measurements = [...DATASET_MEASUREMENTS, ...(hasLabels ? LABEL_MEASUREMENTS : [])];
  const report = readReport(scope, 'ReadDatasetReport', options.lake, `'${layout.datasetRuns}' & $day & '.json'`, { assign: { report: parts } });
  const metrics = putMetrics(scope, 'PutDatasetMetrics', putMetricDataArguments(options.platformName, measurements));
  return sfn.Chain.start(day).next(job).next(report).next(metrics).next(sfn.Succeed.jsonata(scope, 'DailyDone'));
}
