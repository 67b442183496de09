import { Duration, aws_lambda as lambda, aws_stepfunctions as sfn, aws_stepfunctions_tasks as tasks } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { retryCall } from './run-states';
import { DataLake } from '../../lake/data-lake';

/** How long a function may work on one part: Lambda ends a call after 15 minutes at the latest. */
const PART_CALL = sfn.Timeout.duration(Duration.minutes(16));

/** What is done with the parts that a manifest lists. */
export interface PartMapOptions {
  readonly comment: string;
  readonly lake: DataLake;
  /** The key of the manifest, as a JSONata expression without its delimiters. */
  readonly manifest: string;
  /** The entries of an item that the function gets. */
  readonly itemFields: string[];
  /** What the function gets besides, as text or JSONata expressions. */
  readonly others: Record<string, string>;
  /** What is kept of the answer of the function. */
  readonly results: string[];
  readonly maxConcurrency: number;
  /** The label of the map, which is part of the names of its children. */
  readonly label: string;
  /** The id of the state that calls the function. */
  readonly callId: string;
  readonly function: lambda.IFunction;
}

/** A map that calls a function for every part of a manifest; one that fails is called again, then the run fails. */
export function partMap(scope: Construct, id: string, options: PartMapOptions): sfn.DistributedMap {
  const named = (names: string[], value: (name: string) => string) => Object.fromEntries(names.map((name) => [name, value(name)]));
  const map = sfn.DistributedMap.jsonata(scope, id, {
    comment: options.comment,
    itemReader: new sfn.S3JsonItemReader({ bucket: options.lake.bucket, key: `{% ${options.manifest} %}` }),
    itemSelector: { ...named(options.itemFields, (name) => `{% $states.context.Map.Item.Value.${name} %}`), ...options.others },
    mapExecutionType: sfn.StateMachineType.STANDARD,
    maxConcurrency: options.maxConcurrency,
    label: options.label,
  });
  const part = tasks.LambdaInvoke.jsonata(scope, options.callId, {
    lambdaFunction: options.function,
    taskTimeout: PART_CALL,
    payload: sfn.TaskInput.fromText('{% $states.input %}'),
    outputs: named(options.results, (name) => `{% $states.result.Payload.${name} %}`),
  });
  retryCall(part);
  return map.itemProcessor(part);
}

/** The sums over all parts, as variables; no parts are zero records. */
export function partSums(scope: Construct, id: string, results: string[]): sfn.Pass {
  return sfn.Pass.jsonata(scope, id, {
    comment: 'Adds up what became of the records of all parts; no parts are zero records',
    assign: Object.fromEntries(results.map((name) => [name, `{% $sum([0, $states.input.${name}]) %}`])),
    outputs: {},
  });
}
