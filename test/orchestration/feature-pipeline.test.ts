import { Duration, Validations, aws_events_targets as targets, aws_sns as sns } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { evaluated, evaluatedAll } from './evaluated';
import { Column } from '../../src/spec/column';
import { Feature } from '../../src/spec/feature';
import { LabelSource } from '../../src/spec/label-source';
import { Slot } from '../../src/spec/slot';
import { cardEvents, cardFeatures } from '../fixtures/specs';
import { cardPlatform, cardTemplate, emptyStack, managedStatements, stateMachineDefinition } from '../fixtures/stages';

/** Every task of a definition, those of maps included, by its name. */
function tasks(definition: any): [string, any][] {
  return Object.entries<any>(definition.States).flatMap(([name, state]) =>
    state.Type === 'Task' ? [[name, state] as [string, any]] : state.ItemProcessor ? tasks(state.ItemProcessor) : []);
}

describe('FeaturePipeline', () => {
  const template = cardTemplate();
  const hourlyByHand = cardTemplate({ slot: Slot.every(Duration.hours(1)), scheduleEnabled: false });
  const definition = stateMachineDefinition(template);

  test('runs a slot by the states of the design, in their order', () => {
    const path = [definition.StartAt];
    for (let state = 'ResolveSlot'; state; state = definition.States[state].Next) path.push(state);
    expect(path).toEqual([
      'Mode', 'ResolveSlot', 'SilverAndGold', 'ReadSlotReport', 'PublishRecords', 'Reconcile', 'PutMetrics', 'AllPublished',
    ]);
    expect(definition.States.MarkPublished.Next).toBe('StreamDone');
  });

  test('builds a day by the states of the design', () => {
    const path = [];
    for (let state = 'ResolveDay'; state; state = definition.States[state].Next) path.push(state);
    expect(path).toEqual([
      'ResolveDay', 'BuildDatasets', 'ReadDatasetReport', 'PutDatasetMetrics', 'AuditRecords', 'ReconcileAudit', 'PutAuditMetrics', 'DailyDone',
    ]);
  });

  test('audits the share of the records that was chosen', () => {
    const shares = [definition, stateMachineDefinition(cardTemplate({ auditSample: 0.05 }))].map(({ States }) =>
      States.BuildDatasets.Arguments.JobDriver.SparkSubmit.EntryPointArguments.slice(-2));
    expect(shares).toEqual([['--audit-sample', '1'], ['--audit-sample', '0.05']]);
  });

  test('audits every part that the day expects, as of when it reads them', async () => {
    const { ItemReader, ItemSelector, ItemProcessor } = definition.States.AuditRecords;
    expect(await evaluated(ItemReader.Arguments.Key, { day: '2025-10-22' })).toBe('publish/manifest/audit/2025-10-22.json');
    const item = { key: 'k', records: 3, featureGroup: 'g', slotEnd: 's', mustExist: false, renewals: 'r' };
    const context = { Map: { Item: { Value: item } }, State: { EnteredTime: '2025-10-23T00:41:00Z' } };
    expect(await evaluatedAll(ItemSelector, { states: { context } })).toEqual({ ...item, readAt: '2025-10-23T00:41:00Z' });
    const { Arguments, Output } = ItemProcessor.States.AuditPart;
    expect(Arguments.FunctionName).toMatch(/^<PlatformAuditorFunction/);
    const result = { Payload: { audited: 3, newer: 1, differences: 2 } };
    expect(await evaluatedAll(Output, { states: { result } })).toEqual({ audited: 3, newer: 1, differences: 2 });
  });

  test.each([
    [[], { audited: 0, newer: 0, differences: 0 }],
    [[{ audited: 3, newer: 1, differences: 2 }, { audited: 5, newer: 0, differences: 0 }], { audited: 8, newer: 1, differences: 2 }],
  ])('reports what audits found, of the parts %j', async (input, sums) => {
    const { ReconcileAudit, PutAuditMetrics } = definition.States;
    expect(await evaluatedAll(ReconcileAudit.Assign, { states: { input } })).toEqual(sums);
    const { MetricData } = PutAuditMetrics.Arguments;
    const values = await Promise.all(MetricData.map(async ({ MetricName, Value }: { MetricName: string; Value: string }) =>
      [MetricName, await evaluated(Value, sums)]));
    expect(values).toEqual([['AuditRecords', sums.audited], ['AuditDifferences', sums.differences]]);
  });

  test.each([
    ['stream', 'ResolveSlot'], ['daily', 'ResolveDay'], ['backfill', 'CheckBackfill'], ['other', undefined],
  ])("sends the mode '%s' to %s", async (mode, next) => {
    const { Choices, Default } = definition.States.Mode;
    const taken = [];
    for (const choice of Choices) {
      if (await evaluated(choice.Condition, { states: { input: { mode } } })) taken.push(choice.Next);
    }
    expect(taken).toEqual(next ? [next] : []);
    expect(Default).toBe('UnknownMode');
  });

  test('is a JSONata machine that logs and traces everything', () => {
    expect(definition.QueryLanguage).toBe('JSONata');
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: Match.stringLikeRegexp('^/aws/vendedlogs/states/'),
      KmsKeyId: Match.anyValue(),
      RetentionInDays: 90,
    });
  });

  test('waits for a run instead of polling, and gives the job the end of the slot', () => {
    const { Resource, Arguments, TimeoutSeconds } = definition.States.SilverAndGold;
    expect(Resource).toBe('arn:<AWS::Partition>:states:::emr-serverless:startJobRun.sync');
    expect(Arguments.JobDriver.SparkSubmit.EntryPointArguments.slice(-2)).toEqual(['--slot-end', '{% $slotEnd %}']);
    // 60 minutes of run and 15 in the queue
    expect([Arguments.ExecutionTimeoutMinutes, TimeoutSeconds]).toEqual([60, 4500]);
  });

  test('ends every task in time, and small calls that hang are made again', () => {
    const timeouts = Object.fromEntries(tasks(definition).map(([name, { TimeoutSeconds }]) => [name, TimeoutSeconds]));
    const [run, call, part] = [75 * 60, 60, 16 * 60];
    expect(timeouts).toEqual({
      SilverAndGold: run,
      ReadSlotReport: call,
      PublishPart: part,
      PutMetrics: call,
      MarkPublished: call,
      BuildDatasets: run,
      ReadDatasetReport: call,
      PutDatasetMetrics: call,
      AuditPart: part,
      PutAuditMetrics: call,
      BackfillChunk: run,
      ReadChunkReport: call,
      PutBackfillMetrics: call,
    });
    for (const [, { Retry, TimeoutSeconds }] of tasks(definition).filter(([, task]) => task.TimeoutSeconds < run)) {
      expect([TimeoutSeconds, Retry.at(-1).ErrorEquals]).toEqual([expect.any(Number), ['States.TaskFailed', 'States.Timeout']]);
    }
  });

  test('leaves a backfill of a hundred chunks, each run twice, the time that it takes', () => {
    // 100 chunks of two runs of 75 minutes are 900,000 s; an hour more is for all the rest
    expect(definition.TimeoutSeconds).toBe(903_600);
  });

  test('gives each execution, and each retry and redrive of it, a token of its own', async () => {
    const token = (state: object, execution: object) => evaluated(definition.States.SilverAndGold.Arguments.ClientToken, {
      slotKey: '20251023T224000Z', states: { context: { State: state, Execution: execution } },
    });
    const StartTime = '2025-10-23T22:42:00.500Z'; // 1,761,259,320 seconds and a half after 1970
    expect(await token({}, { StartTime })).toBe('20251023T224000Z-1761259320500-r0-d0');
    expect(await token({ RetryCount: 0 }, { StartTime, RedriveCount: 0 })).toBe('20251023T224000Z-1761259320500-r0-d0');
    expect(await token({ RetryCount: 1 }, { StartTime, RedriveCount: 2 })).toBe('20251023T224000Z-1761259320500-r1-d2');
  });

  test('names a day by another token than a slot', async () => {
    const { ClientToken } = definition.States.BuildDatasets.Arguments;
    const context = { Execution: { StartTime: '2025-10-23T00:30:00Z' } };
    expect(await evaluated(ClientToken, { day: '2025-10-22', states: { context } })).toBe('daily-2025-10-22-1761179400000-r0-d0');
  });

  test('keeps of a slot report only what later states use', async () => {
    const report = {
      slotEnd: 'x', objects: ['a'], lines: 5, accepted: 3, duplicates: 1, quarantinedTotal: 1, overflows: 7, publish: { records: 2, active: true, parts: 1 },
    };
    expect(await evaluated(definition.States.ReadSlotReport.Assign.report, { states: { result: { Body: JSON.stringify(report) } } })).toEqual({
      lines: 5, accepted: 3, duplicates: 1, quarantinedTotal: 1, overflows: 7, publish: { records: 2, active: true },
    });
  });

  test('reports how many labels a day used and could not read, where labels are declared', async () => {
    const labels = LabelSource.csv({ eventId: 'id', label: 'fraud', labelTime: 'at' });
    const { ReadDatasetReport, PutDatasetMetrics } = stateMachineDefinition(cardTemplate({ datasets: { labels } })).States;
    const report = { day: 'x', training: { rows: 7, train: 5 }, overflows: 3, labels: { rows: 9, used: 7, unreadableTotal: 2, filesUnreadable: 1 } };
    const kept = await evaluated(ReadDatasetReport.Assign.report, { states: { result: { Body: JSON.stringify(report) } } });
    const values = PutDatasetMetrics.Arguments.MetricData.map(({ MetricName, Value }: any) => [MetricName, Value]);

    expect(await evaluatedAll(Object.fromEntries(values), { report: kept })).toEqual({
      DatasetTrainingRows: 7, FeatureOverflows: 3, LabelsUsed: 7, LabelsUnreadable: 2, LabelFilesUnreadable: 1,
    });
    const withoutLabels = definition.States.PutDatasetMetrics.Arguments.MetricData;
    expect(withoutLabels.map(({ MetricName }: any) => MetricName)).toEqual(['DatasetTrainingRows', 'FeatureOverflows']);
  });

  test('publishes what the manifest lists, four parts at a time, as durable children', () => {
    const map = definition.States.PublishRecords;
    expect(map.MaxConcurrency).toBe(4);
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.ItemReader).toMatchObject({
      Resource: 'arn:<AWS::Partition>:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Arguments: { Key: "{% 'publish/manifest/slot=' & $slotKey & '.json' %}" },
    });
    expect(Object.keys(map.ItemSelector)).toEqual(['key', 'records', 'featureGroup', 'slotEnd']);
  });

  test.each([
    [[], { attempted: 0, written: 0, deadLettered: 0 }],
    [[{ attempted: 3, written: 2, deadLettered: 1 }], { attempted: 3, written: 2, deadLettered: 1 }],
    [[{ attempted: 3, written: 2, deadLettered: 1 }, { attempted: 4, written: 4, deadLettered: 0 }], { attempted: 7, written: 6, deadLettered: 1 }],
  ])('adds up the results %j', async (input, expected) => {
    const { Assign } = definition.States.Reconcile;
    expect(await evaluatedAll(Assign, { states: { input } })).toEqual(expected);
  });

  test.each([
    ['all were written', { attempted: 2, written: 2, deadLettered: 0 }, true, 'MarkPublished'],
    ['some are dead letters', { attempted: 2, written: 1, deadLettered: 1 }, true, 'MarkPublished'],
    ['nothing is to be marked', { attempted: 2, written: 2, deadLettered: 0 }, false, 'StreamDone'],
    ['a record is missing', { attempted: 2, written: 1, deadLettered: 0 }, true, 'PublishMismatch'],
    ['a part is missing', { attempted: 1, written: 1, deadLettered: 0 }, true, 'PublishMismatch'],
  ])('goes on rightly when %s', async (_, counts, active, next) => {
    const { Choices, Default } = definition.States.AllPublished;
    const bindings = { ...counts, report: { publish: { records: 2, active } } };
    let target = Default;
    for (const choice of [...Choices].reverse()) {
      if (await evaluated(choice.Condition, bindings)) target = choice.Next;
    }
    expect(target).toBe(next);
  });

  test('reports every metric of a run with the platform as its only dimension', async () => {
    const { Namespace, MetricData } = definition.States.PutMetrics.Arguments;
    const bindings = {
      attempted: 4,
      written: 3,
      deadLettered: 1,
      slotEnd: '2025-10-23T22:40:00.000Z',
      report: { lines: 10, accepted: 6, duplicates: 2, quarantinedTotal: 1, overflows: 7, publish: { records: 4 } },
      states: { context: { State: { EnteredTime: '2025-10-23T22:44:30.000Z' } } },
    };
    const values = await Promise.all(MetricData.map(async ({ MetricName, Value }: { MetricName: string; Value: string }) =>
      [MetricName, await evaluated(Value, bindings)]));
    expect(Namespace).toBe('MedallionFeaturePlatform');
    expect(Object.fromEntries(values)).toEqual({
      LinesRead: 10,
      EventsAccepted: 6,
      EventsDuplicate: 2,
      EventsQuarantined: 1,
      FeatureOverflows: 7,
      RecordsPublished: 3,
      RecordsDeadLettered: 1,
      // 4 = 3 + 1, but 10 lines are not 6 + 2 + 1; 22:44:30 is 270 s after 22:40
      PublishMismatch: 0,
      ConservationMismatch: 1,
      FeatureAge: 270,
    });
    expect(MetricData.every(({ Dimensions }: { Dimensions: unknown[] }) => Dimensions.length === 1)).toBe(true);
  });

  test('warns of a column whose valid values may overflow, with the bound that keeps it out, and of no other', () => {
    const stack = emptyStack();
    cardPlatform(stack);
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
    const warned = emptyStack();
    const columns = [Column.string('card_id', { required: true }), Column.integer('points')];
    const features = [Feature.sum('points_1h', { of: 'points', window: Duration.hours(1) })];
    const platform = cardPlatform(warned, { events: cardEvents({ columns }), featureGroups: [cardFeatures({ features })] });
    const [{ id, entry }, ...others] = Annotations.fromStack(warned).findWarning('*', Match.anyValue());
    expect(others).toEqual([]);
    expect(id).toBe(`/${platform.pipeline.node.path}`);
    expect(entry.data).toContain("events.columns.points: got values of which 'card_features.points_1h' may overflow and be absent, " +
      'expected values from -1000000000000 to 1000000000000, of which 1000000 events of one entity in a window cannot; ' +
      'bound the column, or acknowledge this warning');
  });

  test('keeps silent about an overflow that was acknowledged', () => {
    const stack = emptyStack();
    const columns = [Column.string('card_id', { required: true }), Column.integer('points')];
    const features = [Feature.sum('points_1h', { of: 'points', window: Duration.hours(1) })];
    Validations.of(stack).acknowledge({ id: 'cdk-medallion-feature-platform:overflow:points', reason: 'points are small' });
    cardPlatform(stack, { events: cardEvents({ columns }), featureGroups: [cardFeatures({ features })] });
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test('asks for exactly what waiting for an EMR Serverless run takes', () => {
    const statements = Object.values(managedStatements(template)).flat();
    const bySid = (sid: string) => statements.find(({ Sid }) => Sid === sid)!;
    expect(bySid('FollowRuns').Action).toEqual(['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun']);
    expect(bySid('HearEndOfRun').Action).toEqual(['events:PutTargets', 'events:PutRule', 'events:DescribeRule']);
    expect(JSON.stringify(bySid('HearEndOfRun').Resource)).toContain(':rule/StepFunctionsGetEventsForEMRServerlessJobRule');
    expect(bySid('PassJobRoles').Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } });
  });

  test('puts metrics in its own namespace only', () => {
    const statement = Object.values(managedStatements(template)).flat().find(({ Action }) => Action === 'cloudwatch:PutMetricData');
    expect(statement?.Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'MedallionFeaturePlatform' } });
  });

  test('is started after each slot and at half past midnight, with the time that it was due', () => {
    const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => Properties);
    expect(schedules.map(({ Name, ScheduleExpression, Target }) => [Name, ScheduleExpression, JSON.parse(Target.Input)])).toEqual([
      ['StreamSchedule', 'cron(2/10 * * * ? *)', { mode: 'stream', scheduledTime: '<aws.scheduler.scheduled-time>' }],
      ['DailySchedule', 'cron(30 0 * * ? *)', { mode: 'daily', scheduledTime: '<aws.scheduler.scheduled-time>' }],
    ]);
    for (const { Target, FlexibleTimeWindow, ScheduleExpressionTimezone } of schedules) {
      expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 600, MaximumRetryAttempts: 2 });
      expect([FlexibleTimeWindow.Mode, ScheduleExpressionTimezone]).toEqual(['OFF', 'UTC']);
    }
  });

  test('keeps starts that failed in an encrypted queue, which has a queue of its own', () => {
    template.resourceCountIs('AWS::SQS::Queue', 2);
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue(), MessageRetentionPeriod: 1209600 });
    template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: Match.anyValue() });
  });

  test('can be left to be started by hand', () => {
    hourlyByHand.allResourcesProperties('AWS::Scheduler::Schedule', { State: 'DISABLED' });
  });

  test('runs hourly slots once an hour', () => {
    hourlyByHand.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'StreamSchedule', ScheduleExpression: 'cron(2 0/1 * * ? *)', Target: { RetryPolicy: { MaximumEventAgeInSeconds: 3600 } },
    });
  });

  test('tells of runs that failed and of runs that succeeded', () => {
    const stack = emptyStack();
    const { pipeline } = cardPlatform(stack);
    const target = new targets.SnsTopic(new sns.Topic(stack, 'Topic'));
    pipeline.onRunFailed('Failed', { target });
    pipeline.onRunSucceeded('Succeeded', { target });
    const synthesized = Template.fromStack(stack);
    for (const status of [['FAILED', 'TIMED_OUT', 'ABORTED'], ['SUCCEEDED']]) {
      synthesized.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: {
          'source': ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          'detail': { status, stateMachineArn: [{ Ref: Match.stringLikeRegexp('StateMachine') }] },
        },
      });
    }
  });
});
