import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { BatchWriteRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { EntryFault, FakeFeatureStore, RequestFault } from './fake-feature-store';
import { FakeLake } from './fake-lake';
import { cardLine, cards, DEAD_LETTER_KEY, GOLDEN_SPEC, PART_KEY, SLOT_END } from './card-part';
import { PublishIncompleteError } from '../../assets/publisher/errors';
import { publishPart, PublishPartEvent } from '../../assets/publisher/publish-part';
import { RetryPaceOptions } from '../../assets/publisher/retry-pace';

const logger = new Logger({ logLevel: 'SILENT' });
const metrics = new Metrics({ namespace: 'Test' });
const addMetric = jest.spyOn(metrics, 'addMetric').mockReturnValue(undefined as never);

/** Publishes the part in the lake to the store, without real waiting. */
function publish(lake: FakeLake, store: FakeFeatureStore, pace: Partial<RetryPaceOptions> = {}, event: Partial<PublishPartEvent> = {}) {
  const featureStore = mockClient(SageMakerFeatureStoreRuntimeClient);
  featureStore.on(BatchWriteRecordCommand).callsFake((input) => store.batchWriteRecord(input));
  return publishPart(
    { key: PART_KEY, records: 60, featureGroup: 'card_features', slotEnd: SLOT_END, ...event },
    {
      s3: lake.client,
      featureStore: featureStore as unknown as SageMakerFeatureStoreRuntimeClient,
      lakeBucket: 'lake',
      spec: GOLDEN_SPEC,
      maxConcurrentBatches: 4,
      logger,
      metrics,
    },
    { remaining: () => 60_000, sleep: async () => {}, ...pace },
  );
}

function lakeWithPart(lines: readonly string[]): FakeLake {
  const lake = new FakeLake();
  lake.objects.set(PART_KEY, lines.map((line) => `${line}\n`).join(''));
  return lake;
}

const sixtyCards = () => lakeWithPart(cards(60).map((card) => cardLine(card)));

describe('publishPart', () => {
  test('writes every record and returns the counts', async () => {
    const store = new FakeFeatureStore();

    const result = await publish(sixtyCards(), store);

    expect(result).toEqual({ key: PART_KEY, featureGroup: 'card_features', attempted: 60, written: 60, retried: 0, deadLettered: 0 });
    expect([...store.online.keys()].sort()).toEqual(cards(60).sort());
    expect(store.mostRunning).toBe(3); // 60 records are three requests, fewer than the four allowed at a time
  });

  test('accepts an empty part', async () => {
    const result = await publish(lakeWithPart([]), new FakeFeatureStore(), {}, { records: 0 });

    expect(result).toMatchObject({ attempted: 0, written: 0, deadLettered: 0 });
  });

  test('keeps refused records and malformed lines as dead letters, and writes the rest', async () => {
    const lake = lakeWithPart([...cards(3).map((card) => cardLine(card)), 'not json']);
    const store = new FakeFeatureStore('newer', (card) => (card === 'card-1' ? 'ValidationError' : 'none'));

    const result = await publish(lake, store, {}, { records: 4 });

    expect(result).toMatchObject({ attempted: 4, written: 2, deadLettered: 2 });
    expect(lake.deadLetters(DEAD_LETTER_KEY).map((letter) => letter.errorCode).sort()).toEqual(['MalformedRecord', 'ValidationError']);
  });

  test('removes the dead letters of a former attempt when nothing is refused', async () => {
    const lake = sixtyCards();
    lake.objects.set(DEAD_LETTER_KEY, 'stale');

    await publish(lake, new FakeFeatureStore());

    expect(lake.objects.has(DEAD_LETTER_KEY)).toBe(false);
  });

  test('measures records and the latency of each request', async () => {
    await publish(sixtyCards(), new FakeFeatureStore());

    const measured = addMetric.mock.calls.map(([name, , value]) => (name === 'BatchLatency' ? name : `${name} ${value}`));
    expect(measured).toEqual(['BatchLatency', 'BatchLatency', 'BatchLatency', 'RecordsWritten 60', 'RecordsRetried 0', 'RecordsRefused 0']);
  });

  test('fails when records are left unwritten, and dead-letters none of them', async () => {
    const lake = sixtyCards();
    const store = new FakeFeatureStore('newer', (card) => (card === 'card-7' ? 'InternalFailure' : 'none'));

    await expect(publish(lake, store)).rejects.toThrow(PublishIncompleteError);

    expect(lake.objects.has(DEAD_LETTER_KEY)).toBe(false);
    expect(store.online.size).toBe(59);
  });

  test('fails when time runs out, and completes when it is run again', async () => {
    const lake = sixtyCards();
    const store = new FakeFeatureStore('newer', undefined, () => 'none');
    const remaining = () => (store.requests.length < 1 ? 1_000 : 0);

    await expect(publish(lake, store, { remaining })).rejects.toThrow(`${PART_KEY}: got through 25 of 60 records in time, expected all; `);
    expect(store.online.size).toBe(25);

    expect(await publish(lake, store)).toMatchObject({ attempted: 60, written: 60 });
    expect(store.online.size).toBe(60);
  });

  test('fails when the part has another number of records than the manifest says', async () => {
    await expect(publish(sixtyCards(), new FakeFeatureStore(), {}, { records: 61 })).rejects.toThrow('got 60 records, expected the 61 of the manifest');
  });

  test('fails when the part does not exist', async () => {
    await expect(publish(new FakeLake(), new FakeFeatureStore())).rejects.toThrow('The specified key does not exist.');
  });

  test.each(['newer', 'newer-or-equal'] as const)('ends in the same state when a crash between write and reply is rerun (%s wins)', async (rule) => {
    const clean = new FakeFeatureStore(rule);
    await publish(sixtyCards(), clean);
    const crashing = new FakeFeatureStore(rule, undefined, (request) => (request < 12 ? 'crash-after-write' : 'none'));

    await expect(publish(sixtyCards(), crashing, { maxAttempts: 3 })).rejects.toThrow(PublishIncompleteError);
    await publish(sixtyCards(), crashing);

    expect(new Map([...crashing.online].sort())).toEqual(new Map([...clean.online].sort()));
  });

  test('writes or dead-letters every record exactly once under any faults that end', async () => {
    const entryFault = fc.constantFrom<EntryFault>('none', 'unprocessed', 'InternalFailure', 'ServiceUnavailable');
    const requestFault = fc.constantFrom<RequestFault>(
      'none', 'crash-after-write', { name: 'ThrottlingException', status: 400 }, { name: 'InternalFailure', status: 500 },
    );
    const schedule = fc.record({
      count: fc.integer({ min: 0, max: 120 }),
      permanent: fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 20 }),
      entryFaults: fc.array(entryFault, { maxLength: 200 }),
      requestFaults: fc.array(requestFault, { maxLength: 60 }),
      rule: fc.constantFrom<'newer' | 'newer-or-equal'>('newer', 'newer-or-equal'),
    });

    await fc.assert(fc.asyncProperty(schedule, async ({ count, permanent, entryFaults, requestFaults, rule }) => {
      const refused = new Set(permanent.map((index) => `card-${index}`));
      const transient = [...entryFaults];
      const store = new FakeFeatureStore(
        rule,
        (card) => (refused.has(card) ? 'ValidationError' : transient.pop() ?? 'none'),
        (request) => requestFaults[request] ?? 'none',
      );
      const lake = lakeWithPart(cards(count).map((card) => cardLine(card)));
      const expectedRefused = cards(count).filter((card) => refused.has(card));

      const result = await untilPublished(() => publish(lake, store, { maxAttempts: 4 }, { records: count }));

      expect(result).toMatchObject({ attempted: count, written: count - expectedRefused.length, deadLettered: expectedRefused.length });
      expect([...store.online.keys()].sort()).toEqual(cards(count).filter((card) => !refused.has(card)).sort());
      expect(lake.deadLetters(DEAD_LETTER_KEY).map((letter) => letter.record.card_id).sort()).toEqual(expectedRefused.sort());
    }), { numRuns: 200 });
  }, 60_000);
});

/** Repeats an incomplete attempt as the state machine does. */
async function untilPublished<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof PublishIncompleteError)) throw error;
    return untilPublished(attempt);
  }
}
