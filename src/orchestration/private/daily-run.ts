import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { partMap, partSums } from './part-map';
import { AUDIT_MEASUREMENTS, DATASET_MEASUREMENTS, LABEL_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, sparkRun } from './run-states';
import { dayVariables } from './run-times';
import { OnlineAuditor } from '../../feature-store/online-auditor';
import { StartSparkJob } from '../start-spark-job';

const TRAINING_PARTS = '"training": { "rows": training.rows }, "overflows": overflows';
const LABEL_PARTS = '"labels": { "used": labels.used, "unreadableTotal": labels.unreadableTotal, "filesUnreadable": labels.filesUnreadable }';

/** The label of the map that audits, which is part of the names of its children. */
export const AUDIT_LABEL = 'Audit';

/** What the auditor says of a part. */
const AUDIT_RESULTS = ['audited', 'newer', 'differences'];

/** The states of one day: its datasets, and the audit of what is served. */
export function dailyRun(scope: Construct, options: RunOptions): sfn.IChainable {
  const day = sfn.Pass.jsonata(scope, 'ResolveDay', { assign: dayVariables() });
  const job = sparkRun(scope, 'BuildDatasets', {
    job: options.datasetJob,
    clientToken: StartSparkJob.attemptToken("'daily-' & $day"),
    runArguments: ['--day', '{% $day %}', ...(options.auditor ? ['--audit-sample', `${options.auditor.sample}`] : [])],
    runName: "{% 'BuildDatasets-' & $day %}",
    outputs: {},
  });
  const { layout, datasets } = options.spec._toDocument();
  const hasLabels = datasets.labels !== null;
  const parts = reportParts(`{ ${[TRAINING_PARTS, ...(hasLabels ? [LABEL_PARTS] : [])].join(', ')} }`);
  const measurements = [...DATASET_MEASUREMENTS, ...(hasLabels ? LABEL_MEASUREMENTS : [])];
  const report = readReport(scope, 'ReadDatasetReport', options.lake, `'${layout.datasetRuns}' & $day & '.json'`, { assign: { report: parts } });
  const metrics = putMetrics(scope, 'PutDatasetMetrics', putMetricDataArguments(options.platformName, measurements));
  const done = sfn.Succeed.jsonata(scope, 'DailyDone');
  const built = sfn.Chain.start(day).next(job).next(report).next(metrics);
  return options.auditor ? built.next(audit(scope, options, options.auditor)).next(done) : built.next(done);
}

function audit(scope: Construct, { spec, lake, platformName, publishConcurrency }: RunOptions, auditor: OnlineAuditor): sfn.Chain {
  const records = partMap(scope, 'AuditRecords', {
    comment: 'Compares every part of what the online store has to have with what it has',
    lake,
    manifest: `'${spec._toDocument().layout.manifests}audit/' & $day & '.json'`,
    itemFields: ['key', 'records', 'featureGroup', 'slotEnd', 'mustExist', 'renewals'],
    others: { readAt: '{% $states.context.State.EnteredTime %}' },
    results: AUDIT_RESULTS,
    maxConcurrency: publishConcurrency,
    label: AUDIT_LABEL,
    callId: 'AuditPart',
    function: auditor.function,
  });
  const metrics = putMetrics(scope, 'PutAuditMetrics', putMetricDataArguments(platformName, AUDIT_MEASUREMENTS));
  return sfn.Chain.start(records).next(partSums(scope, 'ReconcileAudit', AUDIT_RESULTS)).next(metrics);
}
