import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DATASET_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, sparkRun } from './run-states';
import { dayVariables } from './run-times';
import { StartSparkJob } from '../start-spark-job';

/** The parts of a dataset report that the run goes on with. */
const REPORT_PARTS = reportParts('{ "training": { "rows": training.rows }, "overflows": overflows }');

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
  const { layout } = options.spec._toDocument();
  const report = readReport(scope, 'ReadDatasetReport', options.lake, `'${layout.datasetRuns}' & $day & '.json'`, { assign: { report: REPORT_PARTS } });
  const metrics = putMetrics(scope, 'PutDatasetMetrics', putMetricDataArguments(options.platformName, DATASET_MEASUREMENTS));
  return sfn.Chain.start(day).next(job).next(report).next(metrics).next(sfn.Succeed.jsonata(scope, 'DailyDone'));
}
