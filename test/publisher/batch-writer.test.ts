import { BatchWriteRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { entityOf, FakeFeatureStore, RequestFault } from './fake-feature-store';
import { CARD_FEATURES, cardRecord, cards } from './card-part';
import { BatchWriter } from '../../assets/publisher/batch-writer';
import { RetryPace, RetryPaceOptions } from '../../assets/publisher/retry-pace';

const client = mockClient(SageMakerFeatureStoreRuntimeClient);

function writerTo(store: Pick<FakeFeatureStore, 'batchWriteRecord'>, pace: Partial<RetryPaceOptions> = {}, onLatency?: (ms: number) => void) {
  client.reset();
  client.on(BatchWriteRecordCommand).callsFake((input) => store.batchWriteRecord(input));
  return new BatchWriter({
    client: client as unknown as SageMakerFeatureStoreRuntimeClient,
    featureGroupName: CARD_FEATURES.featureGroupName,
    recordIdentifier: CARD_FEATURES.recordIdentifier,
    pace: new RetryPace({ remaining: () => 60_000, sleep: async () => {}, ...pace }),
    onLatency,
  });
}

/** A store whose first requests meet these faults, one after the other. */
function storeFailing(...faults: RequestFault[]): FakeFeatureStore {
  return new FakeFeatureStore('newer-or-equal', undefined, (request) => faults[request] ?? 'none');
}

/** A store that gives an entity this fault the first few times. */
function storeWithEntryFault(entity: string, fault: string, times = Infinity): FakeFeatureStore {
  let left = times;
  return new FakeFeatureStore('newer-or-equal', (candidate) => (candidate === entity && left-- > 0 ? fault : 'none'));
}

const batch = cards(3).map(cardRecord);

describe('BatchWriter', () => {
  test('writes a batch to the feature group in one request', async () => {
    const store = new FakeFeatureStore();
    const latencies: number[] = [];

    const outcome = await writerTo(store, {}, (ms) => latencies.push(ms)).write(batch);

    expect(outcome).toEqual({ written: 3, retried: 0, refused: [], unwritten: [] });
    expect(store.requests).toEqual([batch.map((record) => ({ FeatureGroupName: 'rt_card_features_v1', Record: record.values }))]);
    expect(latencies).toHaveLength(1);
  });

  test('sends unprocessed entries again, and only those', async () => {
    const store = storeWithEntryFault('card-1', 'unprocessed', 2);

    const outcome = await writerTo(store).write(batch);

    expect(outcome).toMatchObject({ written: 3, retried: 2, unwritten: [] });
    expect(store.requests.map((entries) => entries.map(entityOf))).toEqual([['card-0', 'card-1', 'card-2'], ['card-1'], ['card-1']]);
  });

  test.each(['InternalFailure', 'ServiceUnavailable'])('sends an entry that failed with %s again', async (code) => {
    expect(await writerTo(storeWithEntryFault('card-1', code, 1)).write(batch)).toMatchObject({ written: 3, retried: 1, refused: [] });
  });

  test.each(['ValidationError', 'ResourceNotFound', 'AccessForbidden'])('refuses an entry that failed with %s at once', async (code) => {
    const store = storeWithEntryFault('card-1', code);

    const outcome = await writerTo(store).write(batch);

    expect(outcome).toEqual({
      written: 2,
      retried: 0,
      refused: [{ line: batch[1].line, errorCode: code, errorMessage: `refused as ${code}` }],
      unwritten: [],
    });
    expect(store.requests).toHaveLength(1);
  });

  test.each<[string, RequestFault]>([
    ['throttled', { name: 'ThrottlingException', status: 400 }],
    ['throttled by status', { name: 'TooMany', status: 429 }],
    ['failed in the service', { name: 'InternalFailure', status: 500 }],
    ['unavailable', { name: 'ServiceUnavailable', status: 503 }],
    ['cut off after it wrote', 'crash-after-write'],
  ])('sends a request that was %s again', async (_, fault) => {
    const store = storeFailing(fault, fault);

    expect(await writerTo(store).write(batch)).toEqual({ written: 3, retried: 6, refused: [], unwritten: [] });
    expect([...store.online.keys()]).toEqual(cards(3));
  });

  test('refuses only the invalid record of a request that is refused as invalid', async () => {
    const invalid = { name: 'ValidationError', status: 400 };
    const store = new FakeFeatureStore('newer-or-equal', undefined, (_, entities) => (entities.includes('card-1') ? invalid : 'none'));

    const outcome = await writerTo(store).write(batch);

    expect(outcome).toMatchObject({ written: 2, unwritten: [] });
    expect(outcome.refused).toEqual([{ line: batch[1].line, errorCode: 'ValidationError', errorMessage: 'ValidationError of the test' }]);
    expect([...store.online.keys()]).toEqual(['card-0', 'card-2']);
  });

  test.each(['AccessDeniedException', 'ResourceNotFound'])('fails when the request is refused with %s', async (name) => {
    await expect(writerTo(storeFailing({ name, status: 400 })).write(batch)).rejects.toThrow(`${name} of the test`);
  });

  test('gives records up when their attempts run out', async () => {
    const store = storeWithEntryFault('card-1', 'unprocessed');

    const outcome = await writerTo(store, { maxAttempts: 4 }).write(batch);

    expect(outcome).toEqual({ written: 2, retried: 3, refused: [], unwritten: [batch[1]] });
  });

  test('sends nothing when no time is left', async () => {
    const store = new FakeFeatureStore();

    expect(await writerTo(store, { remaining: () => 0 }).write(batch)).toEqual({ written: 0, retried: 0, refused: [], unwritten: batch });
    expect(store.requests).toEqual([]);
  });

  test('fails when the reply is about a record that was not sent', async () => {
    const stranger = { batchWriteRecord: async () => ({ Errors: [], UnprocessedEntries: [{ FeatureGroupName: 'g', Record: [] }], $metadata: {} }) };

    await expect(writerTo(stranger).write(batch)).rejects.toThrow("got a reply about entity 'undefined'");
  });

  test('fails when the SDK fails for a reason of its own', async () => {
    const broken = { batchWriteRecord: async () => { throw new Error('no credentials'); } };

    await expect(writerTo(broken).write(batch)).rejects.toThrow('no credentials');
  });
});
