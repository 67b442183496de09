import { Duration, aws_stepfunctions as sfn, aws_stepfunctions_tasks as tasks } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ALL_PUBLISHED, STREAM_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, retryCall, smallCall, sparkRun } from './run-states';
import { slotVariables } from './run-times';
import { StartSparkJob } from '../start-spark-job';

/** The label of the map that publishes, which is part of the names of its children. */
export const PUBLISH_LABEL = 'Publish';

/** How long writing one part may take: Lambda ends a call after 15 minutes at the latest. */
const PART_CALL = sfn.Timeout.duration(Duration.minutes(16));

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
  const reconcile = sfn.Pass.jsonata(scope, 'Reconcile', {
    comment: 'Adds up what became of the records of all parts; no parts are zero records',
    assign: {
      attempted: '{% $sum([0, $states.input.attempted]) %}',
      written: '{% $sum([0, $states.input.written]) %}',
      deadLettered: '{% $sum([0, $states.input.deadLettered]) %}',
    },
    outputs: {},
  });
  const metrics = putMetrics(scope, 'PutMetrics', putMetricDataArguments(options.platformName, STREAM_MEASUREMENTS));
  return sfn.Chain.start(slot).next(job).next(report).next(publishRecords(scope, options)).next(reconcile).next(metrics)
    .next(completion(scope, options, layout.published));
}

function publishRecords(scope: Construct, { spec, lake, publisher, publishConcurrency }: RunOptions): sfn.DistributedMap {
  const item = '$states.context.Map.Item.Value';
  const map = sfn.DistributedMap.jsonata(scope, 'PublishRecords', {
    comment: 'Writes every part of the publish set that the manifest lists',
    itemReader: new sfn.S3JsonItemReader({ bucket: lake.bucket, key: `{% '${spec._toDocument().layout.manifests}slot=' & $slotKey & '.json' %}` }),
    itemSelector: {
      key: `{% ${item}.key %}`,
      records: `{% ${item}.records %}`,
      featureGroup: `{% ${item}.featureGroup %}`,
      slotEnd: '{% $slotEnd %}',
    },
    mapExecutionType: sfn.StateMachineType.STANDARD,
    maxConcurrency: publishConcurrency,
    label: PUBLISH_LABEL,
  });
  const part = tasks.LambdaInvoke.jsonata(scope, 'PublishPart', {
    lambdaFunction: publisher.function,
    taskTimeout: PART_CALL,
    payload: sfn.TaskInput.fromText('{% $states.input %}'),
    outputs: {
      attempted: '{% $states.result.Payload.attempted %}',
      written: '{% $states.result.Payload.written %}',
      deadLettered: '{% $states.result.Payload.deadLettered %}',
    },
  });
  retryCall(part);
  return map.itemProcessor(part);
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
