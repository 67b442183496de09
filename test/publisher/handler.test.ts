import { BatchWriteRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { FakeFeatureStore } from './fake-feature-store';
import { FakeLake } from './fake-lake';
import { cardLine, GOLDEN_TEXT, PART_KEY, SLOT_END } from './card-part';
import { createHandler } from '../../assets/publisher/handler';
import { PublishPartEvent } from '../../assets/publisher/publish-part';

const EVENT: PublishPartEvent = { key: PART_KEY, records: 1, featureGroup: 'card_features', slotEnd: SLOT_END };
const SETTINGS = { LAKE_BUCKET: 'lake', SPEC_BUCKET: 'assets', SPEC_KEY: 'spec.json', PLATFORM_NAME: 'cards' };

/** What the function wrote to its log: structured lines and metrics. */
const logged: string[] = [];
const environment = { ...process.env };
let lake: FakeLake;
let store: FakeFeatureStore;

beforeEach(() => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_SERVICE_NAME: 'publisher',
  });
  logged.length = 0;
  for (const method of ['log', 'info', 'error', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((...line: unknown[]) => { logged.push(String(line[0])); });
  }
  store = new FakeFeatureStore();
  mockClient(SageMakerFeatureStoreRuntimeClient).on(BatchWriteRecordCommand).callsFake((input) => store.batchWriteRecord(input));
  lake = new FakeLake();
  lake.objects.set('spec.json', GOLDEN_TEXT);
  lake.objects.set(PART_KEY, `${cardLine('card-0')}\n`);
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
});

/** A context with this much time left, in milliseconds. */
function contextWith(remaining = 60_000): Context {
  return { getRemainingTimeInMillis: () => remaining, awsRequestId: 'r', functionName: 'publisher' } as Context;
}

describe('handler', () => {
  test('publishes a part', async () => {
    const result = await createHandler(SETTINGS)(EVENT, contextWith());

    expect(result).toEqual({ key: PART_KEY, featureGroup: 'card_features', attempted: 1, written: 1, retried: 0, deadLettered: 0 });
    expect([...store.online.keys()]).toEqual(['card-0']);
  });

  test('reads the spec document once', async () => {
    const handler = createHandler(SETTINGS);

    await handler(EVENT, contextWith());
    await handler(EVENT, contextWith());

    expect(lake.reads('spec.json')).toBe(1);
    expect(lake.reads(PART_KEY)).toBe(2);
  });

  test('reads the spec document again after a failure', async () => {
    const handler = createHandler(SETTINGS);
    lake.objects.delete('spec.json');
    await expect(handler(EVENT, contextWith())).rejects.toThrow('The specified key does not exist.');

    lake.objects.set('spec.json', GOLDEN_TEXT);

    await expect(handler(EVENT, contextWith())).resolves.toMatchObject({ written: 1 });
  });

  test('emits its metrics for the platform', async () => {
    await createHandler(SETTINGS)(EVENT, contextWith());

    const metrics = logged.filter((line) => line.includes('CloudWatchMetrics')).map((line) => JSON.parse(line));
    expect(metrics).toEqual([expect.objectContaining({ Platform: 'cards', service: 'publisher', RecordsWritten: 1, RecordsRefused: 0 })]);
  });

  test('logs the reason when a part is not published', async () => {
    await expect(createHandler(SETTINGS)({ ...EVENT, featureGroup: 'other' }, contextWith())).rejects.toThrow("featureGroup: got 'other'");

    expect(logged.filter((line) => line.includes('"part not published"')).join()).toContain("featureGroup: got 'other'");
  });

  test('fails when the spec document has an unknown version', async () => {
    lake.objects.set('spec.json', GOLDEN_TEXT.replace('"specVersion": 1', '"specVersion": 7'));

    await expect(createHandler(SETTINGS)(EVENT, contextWith())).rejects.toThrow('specVersion: got 7, expected 1; ');
    expect(store.requests).toEqual([]);
  });

  test('keeps ten seconds free at the end of the invocation', async () => {
    await expect(createHandler(SETTINGS)(EVENT, contextWith(10_000))).rejects.toThrow('got through 0 of 1 records in time');
    await expect(createHandler(SETTINGS)(EVENT, contextWith(10_001))).resolves.toMatchObject({ written: 1 });
  });

  test.each(['LAKE_BUCKET', 'SPEC_BUCKET', 'SPEC_KEY', 'PLATFORM_NAME'])('fails when %s is not set', async (name) => {
    await expect(createHandler({ ...SETTINGS, [name]: '' })(EVENT, contextWith())).rejects.toThrow(`${name}: got no value, expected one; `);
  });

  test.each(['0', '2.5', 'many'])('fails when MAX_CONCURRENT_BATCHES is %s', async (text) => {
    const handler = createHandler({ ...SETTINGS, MAX_CONCURRENT_BATCHES: text });

    await expect(handler(EVENT, contextWith())).rejects.toThrow(`MAX_CONCURRENT_BATCHES: got '${text}', expected a whole number of 1 or more; `);
  });

  test('fails when the event lacks fields, naming all of them', async () => {
    const event = { key: PART_KEY, records: '1' } as unknown as PublishPartEvent;

    await expect(createHandler(SETTINGS)(event, contextWith())).rejects.toThrow(
      'records: got string, expected a number; featureGroup: got undefined, expected a string; slotEnd: got undefined, expected a string; ',
    );
  });
});
