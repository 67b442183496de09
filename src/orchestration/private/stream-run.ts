import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { partMap, partSums } from './part-map';
import { ALL_PUBLISHED, STREAM_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, smallCall, sparkRun } from './run-states';
import { slotVariables } from './run-times';
import { StartSparkJob } from '../start-spark-job';

/** The label of the map that publishes, which is part of the names of its children. */
export const PUBLISH_LABEL = 'Publish';

/** What the publisher says of a part. */
const PART_RESULTS = ['attempted', 'written', 'deadLettered'];

/** The parts of a slot report that the run goes on with. */
const REPORT_PARTS = reportParts('{ "lines": lines, "accepted": accepted, "duplicates": duplicates, ' +
  '"quarantinedTotal": quarantinedTotal, "overflows": overflows, "publish": { "records": publish.records, "active": publish.active } }');

/** The states of one slot: from the Spark run to the mark that the slot is published. */
export function streamRun(scope: Construct, options: RunOptions): sfn.IChainable {
  const slot = sfn.Pass.jsonata(scope, 'ResolveSlot', {
    comment: 'Everything derives from the scheduled time; nothing reads the clock',
    assign: slotVariables(options.spec.slot),
  });
  const job = sparkRun(scope, 'SilverAndGold', {
    job: options.streamJob,
    clientToken: StartSparkJob.attemptToken('$slotKey'),
    runArguments: ['--slot-end', '{% $slotEnd %}'],
    runName: "{% 'SilverAndGold-' & $slotKey %}",
    outputs: {},
  });
  const { layout } = options.spec._toDocument();
  const report = readReport(scope, 'ReadSlotReport', options.lake, `'${layout.slotResults}' & $slotKey & '.json'`, { assign: { report: REPORT_PARTS } });
  const reconcile = partSums(scope, 'Reconcile', PART_RESULTS);
  const metrics = putMetrics(scope, 'PutMetrics', putMetricDataArguments(options.platformName, STREAM_MEASUREMENTS));
  return sfn.Chain.start(slot).next(job).next(report).next(publishRecords(scope, options)).next(reconcile).next(metrics)
    .next(completion(scope, options, layout.published));
}

function publishRecords(scope: Construct, { spec, lake, publisher, publishConcurrency }: RunOptions): sfn.DistributedMap {
  return partMap(scope, 'PublishRecords', {
    comment: 'Writes every part of the publish set that the manifest lists',
    lake,
    manifest: `'${spec._toDocument().layout.manifests}slot=' & $slotKey & '.json'`,
    itemFields: ['key', 'records', 'featureGroup'],
    others: { slotEnd: '{% $slotEnd %}' },
    results: PART_RESULTS,
    maxConcurrency: publishConcurrency,
    label: PUBLISH_LABEL,
    callId: 'PublishPart',
    function: publisher.function,
  });
}

function completion(scope: Construct, { lake }: RunOptions, publishedPrefix: string): sfn.IChainable {
  const done = sfn.Succeed.jsonata(scope, 'StreamDone');
  const mark = smallCall(scope, 'MarkPublished', {
    comment: 'The next slot publishes what differs from this one',
    service: 's3',
    action: 'putObject',
    parameters: {
      Bucket: lake.bucket.bucketName,
      Key: `{% '${publishedPrefix}' & $slotKey & '.json' %}`,
      Body: {
        slotEnd: '{% $slotEnd %}',
        records: '{% $report.publish.records %}',
        written: '{% $written %}',
        deadLettered: '{% $deadLettered %}',
      },
      ContentType: 'application/json',
    },
  });
  const mismatch = sfn.Fail.jsonata(scope, 'PublishMismatch', {
    error: 'PublishMismatch',
    cause: 'The publisher did not account for every record of the publish set; the next run publishes what is missing',
  });
  return sfn.Choice.jsonata(scope, 'AllPublished')
    .when(sfn.Condition.jsonata(`{% $not(${ALL_PUBLISHED}) %}`), mismatch)
    .when(sfn.Condition.jsonata('{% $report.publish.active %}'), mark.next(done))
    .otherwise(done);
}
