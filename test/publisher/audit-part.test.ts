import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import {
  BatchGetRecordCommand, BatchGetRecordCommandInput, FeatureValue, SageMakerFeatureStoreRuntimeClient, SageMakerFeatureStoreRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { cardLine, cardRecord, cards, GOLDEN_SPEC, SLOT_END } from './card-part';
import { FakeLake } from './fake-lake';
import { AuditPartEvent, auditPart } from '../../assets/publisher/audit-part';
import { AuditIncompleteError } from '../../assets/publisher/errors';

const KEY = 'publish/card_features/audit/slot=20251023T224000Z/existing/part-00000.jsonl';
const DIFFERENCES_KEY = 'publish/card_features/differences/slot=20251023T224000Z/existing/part-00000.jsonl';
const RENEWALS = 'control/republish/entities/card_features/';

const logger = new Logger({ logLevel: 'SILENT' });
const metrics = new Metrics({ namespace: 'Test' });
jest.spyOn(metrics, 'addMetric').mockReturnValue(undefined as never);

type Reply = (entities: string[], request: number) => object;

/** An online store that has these records, and answers all or, as told, some of what it is asked. */
class Store {
  public readonly requests: string[][] = [];
  public readonly records = new Map<string, FeatureValue[]>(cards(250).map((card) => [card, cardRecord(card).values]));

  constructor(private readonly reply: Reply = (entities) => this.found(entities)) {}

  public found(entities: string[]): { Records: object[] } {
    const known = entities.filter((entity) => this.records.has(entity));
    return { Records: known.map((entity) => ({ RecordIdentifierValueAsString: entity, Record: this.records.get(entity) })) };
  }

  public answer(input: BatchGetRecordCommandInput): object {
    const [{ FeatureGroupName: name, RecordIdentifiersValueAsString: entities }] = input.Identifiers!;
    expect(name).toBe(GOLDEN_SPEC.featureGroups[0].featureGroupName);
    this.requests.push(entities!);
    return this.reply(entities!, this.requests.length);
  }
}

function audit(store: Store, event: Partial<AuditPartEvent> = {}, lake = lakeWithPart()) {
  const featureStore = mockClient(SageMakerFeatureStoreRuntimeClient);
  featureStore.on(BatchGetRecordCommand).callsFake((input) => store.answer(input));
  const result = auditPart(
    {
      key: KEY,
      records: 250,
      featureGroup: 'card_features',
      slotEnd: SLOT_END,
      mustExist: true,
      renewals: RENEWALS,
      readAt: '2025-10-24T00:31:00.000Z',
      ...event,
    },
    {
      s3: lake.client,
      featureStore: featureStore as unknown as SageMakerFeatureStoreRuntimeClient,
      lakeBucket: 'lake',
      spec: GOLDEN_SPEC,
      maxConcurrentBatches: 2,
      logger,
      metrics,
    },
    { remaining: () => 60_000, sleep: async () => {} },
  );
  return { result, lake };
}

function lakeWithPart(): FakeLake {
  const lake = new FakeLake();
  lake.objects.set(KEY, cards(250).map((card) => `${cardLine(card)}\n`).join(''));
  return lake;
}

function written(lake: FakeLake, prefix: string): string[][] {
  return [...lake.objects].filter(([key]) => key.startsWith(prefix)).map(([, text]) => text.trimEnd().split('\n'));
}

const changed = (card: string, text: string): FeatureValue[] =>
  cardRecord(card).values.map((value) => (value.FeatureName === 'txn_count_1h' ? { ...value, ValueAsString: text } : value));

describe('auditPart', () => {
  test('reads every record, a hundred at a time, and writes nothing where all are right', async () => {
    const store = new Store();
    const { result, lake } = audit(store);
    expect(await result).toEqual({ audited: 250, newer: 0, differences: 0 });
    expect(store.requests.map((entities) => entities.length)).toEqual([100, 100, 50]);
    expect([...lake.objects.keys()]).toEqual([KEY]);
  });

  test('keeps what differs, and names it to be published again', async () => {
    const store = new Store();
    store.records.delete('card-7');
    store.records.set('card-200', changed('card-200', '4'));
    const { result, lake } = audit(store);
    expect(await result).toEqual({ audited: 250, newer: 0, differences: 2 });
    const [differences] = written(lake, DIFFERENCES_KEY);
    expect(differences.map((line) => JSON.parse(line))).toMatchObject([
      { recordIdentifier: 'card-7', fault: 'missing', served: null },
      { recordIdentifier: 'card-200', fault: 'different', features: ['txn_count_1h'], served: { txn_count_1h: '4' }, expected: { txn_count_1h: '3' } },
    ]);
    expect(written(lake, RENEWALS)).toEqual([[cardLine('card-7'), cardLine('card-200')]]);
  });

  test('writes another renewal each time, since a slot may have read the one before', async () => {
    const store = new Store();
    store.records.delete('card-7');
    const lake = lakeWithPart();
    await audit(store, {}, lake).result;
    await audit(store, {}, lake).result;
    expect(written(lake, RENEWALS)).toEqual([[cardLine('card-7')], [cardLine('card-7')]]);
  });

  test('misses no record that need not exist, and still compares those that do', async () => {
    const store = new Store();
    store.records.delete('card-7');
    store.records.set('card-8', changed('card-8', '4'));
    expect(await audit(store, { mustExist: false }).result).toEqual({ audited: 249, newer: 0, differences: 1 });
  });

  test('says nothing about records that a later slot wrote meanwhile', async () => {
    const store = new Store();
    const later = changed('card-7', '4').map((value) => (value.FeatureName === 'event_time' ? { ...value, ValueAsString: '2025-10-24T00:30:00.000Z' } : value));
    store.records.set('card-7', later);
    expect(await audit(store).result).toEqual({ audited: 250, newer: 1, differences: 0 });
  });

  test('asks again for what was not processed, failed in the service or was throttled', async () => {
    const store: Store = new Store((entities, request) => {
      if (request === 1) throw serviceError('ThrottlingException', 400);
      if (request === 2) return { Records: [], UnprocessedIdentifiers: [{ RecordIdentifiersValueAsString: entities }] };
      if (request === 3) return { ...store.found(entities.slice(1)), Errors: [{ RecordIdentifierValueAsString: entities[0], ErrorCode: 'InternalFailure' }] };
      return store.found(entities);
    });
    expect(await audit(store).result).toEqual({ audited: 250, newer: 0, differences: 0 });
  });

  test('fails when records cannot be read, and calls none of them missing', async () => {
    const { result, lake } = audit(new Store(() => { throw serviceError('InternalFailure', 500); }));
    await expect(result).rejects.toThrow(AuditIncompleteError);
    expect([...lake.objects.keys()]).toEqual([KEY]);
  });

  test('fails when a record is refused', async () => {
    const refused = new Store(([entity]) => ({ Errors: [{ RecordIdentifierValueAsString: entity, ErrorCode: 'AccessDenied', ErrorMessage: 'no' }] }));
    await expect(audit(refused).result).rejects.toThrow('BatchGetRecord: got AccessDenied (no), expected a record');
    await expect(audit(new Store(() => { throw serviceError('AccessDeniedException', 403); })).result).rejects.toThrow('AccessDeniedException of the test');
  });

  test('fails when the part has another number of records than the manifest says', async () => {
    await expect(audit(new Store(), { records: 251 }).result).rejects.toThrow('got 250 records, expected the 251 of the manifest');
  });

  test('fails when the part does not belong to an audit', async () => {
    const store = new Store();
    store.records.clear();
    const lake = lakeWithPart();
    lake.objects.set('publish/card_features/slot=1/part-00000.jsonl', lake.objects.get(KEY)!);
    await expect(audit(store, { key: 'publish/card_features/slot=1/part-00000.jsonl' }, lake).result).rejects.toThrow("expected one below 'audit/'");
  });
});

function serviceError(name: string, status: number): SageMakerFeatureStoreRuntimeServiceException {
  return new SageMakerFeatureStoreRuntimeServiceException({
    name, message: `${name} of the test`, $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status },
  });
}
