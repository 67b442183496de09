import { aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BACKFILL_CHUNKS } from './jsonata/backfill-chunks';
import { backfillProblems } from './jsonata/backfill-problems';
import { BACKFILL_MEASUREMENTS, putMetricDataArguments } from './run-metrics';
import { RunOptions, putMetrics, readReport, reportParts, sparkRun } from './run-states';
import { StartSparkJob } from '../start-spark-job';

/** What a backfill is called in the names of its reports. */
const NAME = '{% $exists($states.input.resume) ? $states.input.resume : $states.context.Execution.Name %}';

/** What a chunk changed, out of its report. */
const CHUNK_CHANGES = reportParts('{ "inserted": silver.inserted, "replaced": silver.replaced, "deleted": silver.deleted, ' +
  '"goldWritten": $sum(groups.goldWritten), "overflows": $sum(groups.overflows) }');

/** What all chunks changed together, which is also what the execution returns. */
const ALL_CHANGES = '{% { "chunks": $count($states.result), "inserted": $sum($states.result.inserted), "replaced": $sum($states.result.replaced), ' +
  '"deleted": $sum($states.result.deleted), "goldWritten": $sum($states.result.goldWritten), ' +
  '"overflows": $sum($states.result.overflows) } %}';

/** The states of a backfill: the input checked, then one Spark run for each day of the range, one after the other. */
export function backfillRun(scope: Construct, options: RunOptions): sfn.IChainable {
  const check = sfn.Pass.jsonata(scope, 'CheckBackfill', { assign: { problems: backfillProblems(options.spec.slot) } });
  const invalid = sfn.Fail.jsonata(scope, 'InvalidBackfill', {
    error: 'InvalidBackfill',
    cause: "{% $join($problems, '\\n') %}",
  });
  const resolve = sfn.Pass.jsonata(scope, 'ResolveBackfill', {
    comment: 'Cuts the range into days; a backfill that goes on keeps the name of the one before',
    assign: { backfill: NAME, chunks: BACKFILL_CHUNKS },
  });
  const metrics = putMetrics(scope, 'PutBackfillMetrics', putMetricDataArguments(options.platformName, BACKFILL_MEASUREMENTS));
  const done = sfn.Succeed.jsonata(scope, 'BackfillDone', { outputs: '{% $changed %}' });
  const valid = sfn.Choice.jsonata(scope, 'BackfillIsValid')
    .when(sfn.Condition.jsonata('{% $count($problems) > 0 %}'), invalid)
    .otherwise(resolve.next(runChunks(scope, options)).next(metrics).next(done));
  return check.next(valid);
}

function runChunks(scope: Construct, options: RunOptions): sfn.Map {
  const map = sfn.Map.jsonata(scope, 'BackfillChunks', {
    comment: 'A slot that waits for the application gets its turn between two chunks',
    items: sfn.ProvideItems.jsonata('{% $chunks %}'),
    maxConcurrency: 1,
    assign: { changed: ALL_CHANGES },
    outputs: {},
  });
  const job = sparkRun(scope, 'BackfillChunk', {
    job: options.backfillJob,
    clientToken: StartSparkJob.attemptToken("'backfill-' & $states.input.key"),
    runArguments: ['--from', '{% $states.input.from %}', '--to', '{% $states.input.to %}', '--backfill', '{% $backfill %}'],
    conditionalArguments: { '--publish': '$states.input.publish' },
    runName: "{% 'Backfill-' & $states.input.key %}",
    outputs: '{% $states.input %}',
  });
  const { layout } = options.spec._toDocument();
  const key = `'${layout.backfills}' & $backfill & '/' & $states.input.key & '.json'`;
  return map.itemProcessor(job.next(readReport(scope, 'ReadChunkReport', options.lake, key, { outputs: CHUNK_CHANGES })));
}
