import { evaluated } from './evaluated';
import { SparkJob } from '../../src/compute/spark-job';
import { FeaturePipeline } from '../../src/orchestration/feature-pipeline';
import { cardPlatform, cardTemplate, emptyStack, managedStatements, stateMachineDefinition } from '../fixtures/stages';

const CHUNK = { from: '2025-10-23T00:00:00.000Z', to: '2025-10-24T00:00:00.000Z', key: '20251023T000000Z_20251024T000000Z', publish: false };

describe('a backfill', () => {
  const template = cardTemplate();
  const { States: states } = stateMachineDefinition(template);
  const { BackfillChunk: chunk, ReadChunkReport: report } = states.BackfillChunks.ItemProcessor.States;

  test('checks its input, cuts the range into chunks and runs them', () => {
    const path = [];
    for (let state = 'CheckBackfill'; state; state = states[state].Next ?? states[state].Default) path.push(state);
    expect(path).toEqual([
      'CheckBackfill', 'BackfillIsValid', 'ResolveBackfill', 'BackfillChunks', 'PutBackfillMetrics', 'BackfillDone',
    ]);
  });

  test.each([[[], []], [['from: got nothing'], ['InvalidBackfill']]])('with the problems %j goes to %j', async (problems, expected) => {
    const { Choices } = states.BackfillIsValid;
    const taken = [];
    for (const { Condition, Next } of Choices) {
      if (await evaluated(Condition, { problems })) taken.push(Next);
    }
    expect(taken).toEqual(expected);
  });

  test('fails with every problem of its input, one in each line', async () => {
    const { Error: error, Cause } = states.InvalidBackfill;
    expect([error, await evaluated(Cause, { problems: ['from: got 1', 'to: got 2'] })]).toEqual(['InvalidBackfill', 'from: got 1\nto: got 2']);
  });

  test.each([
    ['its execution', {}, 'backfill-october'],
    ['the one that it goes on with', { resume: 'backfill-september' }, 'backfill-september'],
  ])('is named after %s', async (_, input, name) => {
    const bindings = { states: { input, context: { Execution: { Name: 'backfill-october' } } } };
    expect(await evaluated(states.ResolveBackfill.Assign.backfill, bindings)).toBe(name);
  });

  test('runs one chunk at a time, within the execution', () => {
    const { MaxConcurrency, Items, ItemProcessor } = states.BackfillChunks;
    expect([MaxConcurrency, Items]).toEqual([1, '{% $chunks %}']);
    expect(ItemProcessor.ProcessorConfig).toEqual({ Mode: 'INLINE' });
  });

  test('runs on the application of the slots, as a role of its own', () => {
    const { SilverAndGold: slot } = states;
    expect(chunk.Resource).toBe('arn:<AWS::Partition>:states:::emr-serverless:startJobRun.sync');
    expect(chunk.Arguments.ApplicationId).toBe(slot.Arguments.ApplicationId);
    expect(chunk.Arguments.ExecutionRoleArn).toMatch(/^<PlatformBackfillJobRole/);
  });

  test.each([[false, []], [true, ['--publish']]])('where publish is %s gives the job %j besides its range and its name', async (publish, more) => {
    const bindings = { backfill: 'october', states: { input: { ...CHUNK, publish } } };
    const list: string[] = await evaluated(chunk.Arguments.JobDriver.SparkSubmit.EntryPointArguments, bindings);
    expect(list.slice(0, 6).filter((argument) => argument.startsWith('--'))).toEqual(['--spec', '--lake', '--database']);
    expect(list.slice(6)).toEqual(['--from', CHUNK.from, '--to', CHUNK.to, '--backfill', 'october', ...more]);
  });

  test('names the chunk in the token and in the run, and a retry of it is a new run', async () => {
    const context = { State: { RetryCount: 1 }, Execution: { StartTime: '2025-10-25T08:03:00.250Z', RedriveCount: 12 } };
    const bindings = { states: { input: CHUNK, context } };
    // 08:03:00.25 on 25 October 2025 is 1,761,379,380,250 ms after 1970
    const token = await evaluated(chunk.Arguments.ClientToken, bindings);
    expect(token).toBe('backfill-20251023T000000Z_20251024T000000Z-1761379380250-r1-d12');
    // EMR Serverless takes at most 64 of these characters
    expect(token).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(await evaluated(chunk.Arguments.Name, bindings)).toBe('Backfill-20251023T000000Z_20251024T000000Z');
  });

  test('reads the report of the chunk, and keeps of it what changed', async () => {
    expect(chunk.Next).toBe('ReadChunkReport');
    expect(await evaluated(chunk.Output, { states: { input: CHUNK } })).toEqual(CHUNK);
    expect(await evaluated(report.Arguments.Key, { backfill: 'october', states: { input: CHUNK } })).toBe(
      'control/backfills/october/20251023T000000Z_20251024T000000Z.json',
    );
    const Body = JSON.stringify({
      lines: 9,
      silver: { inserted: 3, replaced: 2, deleted: 1, snapshotId: 5 },
      groups: [{ name: 'a', goldWritten: 4, overflows: 2 }, { name: 'b', goldWritten: 7, overflows: 1 }],
    });
    const kept = { inserted: 3, replaced: 2, deleted: 1, goldWritten: 11, overflows: 3 };
    expect(await evaluated(report.Output, { states: { result: { Body } } })).toEqual(kept);
  });

  test.each([
    [
      [{ inserted: 3, replaced: 2, deleted: 1, goldWritten: 11, overflows: 3 }],
      { chunks: 1, inserted: 3, replaced: 2, deleted: 1, goldWritten: 11, overflows: 3 },
    ],
    [
      [
        { inserted: 3, replaced: 2, deleted: 1, goldWritten: 11, overflows: 3 },
        { inserted: 0, replaced: 1, deleted: 0, goldWritten: 5, overflows: 4 },
      ],
      { chunks: 2, inserted: 3, replaced: 3, deleted: 1, goldWritten: 16, overflows: 7 },
    ],
  ])('adds up %j, and returns it', async (result, expected) => {
    const changed = await evaluated(states.BackfillChunks.Assign.changed, { states: { result } });
    expect(changed).toEqual(expected);
    expect(await evaluated(states.BackfillDone.Output, { changed })).toEqual(expected);
  });

  test('reports how many rows of each layer it changed', async () => {
    const bindings = { changed: { chunks: 2, inserted: 3, replaced: 2, deleted: 1, goldWritten: 11, overflows: 3 } };
    const data: { MetricName: string; Value: string }[] = states.PutBackfillMetrics.Arguments.MetricData;
    const values = await Promise.all(data.map(async ({ MetricName, Value }) => [MetricName, await evaluated(Value, bindings)]));
    expect(Object.fromEntries(values)).toEqual({ BackfillSilverRows: 6, BackfillGoldRows: 11, FeatureOverflows: 3 });
  });

  test('may pass on the role of its job, and start it', () => {
    const statements = Object.entries(managedStatements(template)).find(([id]) => id.startsWith('PlatformPipelinePolicy'))![1];
    const pass = statements.find(({ Action }) => Action === 'iam:PassRole')!;
    expect(JSON.stringify(pass.Resource).match(/Platform(Stream|Dataset|Backfill)JobRole/g)).toHaveLength(3);
    // two applications: that of the slots and backfills, and that of the datasets
    expect(statements.find(({ Action }) => Action === 'emr-serverless:StartJobRun')!.Resource).toHaveLength(2);
  });

  test('does what a slot does, and nothing else', () => {
    const policies = Object.entries(managedStatements(template));
    const [slot, backfill] = ['PlatformStreamJobPolicy', 'PlatformBackfillJobPolicy'].map((name) =>
      policies.find(([id]) => id.startsWith(name))![1].filter(({ Sid }) => Sid !== 'ReadCode'));
    expect(backfill).toEqual(slot);
  });

  test('fails when its job runs on another application than the slots', () => {
    const stack = emptyStack();
    const platform = cardPlatform(stack);
    const [streamJob, datasetJob] = ['StreamJob', 'DatasetJob'].map((id) => platform.node.findChild(id) as SparkJob);
    const { spec, lake, publisher } = platform;
    expect(() => new FeaturePipeline(stack, 'Other', { spec, lake, publisher, streamJob, datasetJob, backfillJob: datasetJob })).toThrow(
      "S/Other.backfillJob: got a job on the application 'S/Platform/DatasetRuntime', " +
        "expected the application of the stream job, 'S/Platform/StreamRuntime'; create the job with the same runtime",
    );
  });
});
