import {
  BatchWriteRecordCommandInput,
  BatchWriteRecordCommandOutput,
  BatchWriteRecordEntry,
  FeatureValue,
  SageMakerFeatureStoreRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';

/** What happens to one entry: stored, not processed, or refused with this code. */
export type EntryFault = 'none' | 'unprocessed' | string;

/** What happens to one request: answered, refused before it writes, or lost after it wrote. */
export type RequestFault = 'none' | 'crash-after-write' | { readonly name: string; readonly status: number };

/**
 * An online store in memory.
 *
 * AWS documents both rules for equal event times, so either can be chosen: the stored record is replaced by a record
 * that is as new (`newer-or-equal`) or only by one that is newer (`newer`).
 */
export class FakeFeatureStore {
  public readonly requests: BatchWriteRecordEntry[][] = [];
  public readonly online = new Map<string, FeatureValue[]>();
  public mostRunning = 0;

  private running = 0;

  constructor(
    private readonly rule: 'newer' | 'newer-or-equal' = 'newer-or-equal',
    private readonly entryFault: (entity: string) => EntryFault = () => 'none',
    private readonly requestFault: (request: number, entities: string[]) => RequestFault = () => 'none',
  ) {}

  public async batchWriteRecord(input: BatchWriteRecordCommandInput): Promise<BatchWriteRecordCommandOutput> {
    const entries = input.Entries!;
    const fault = this.requestFault(this.requests.length, entries.map(entityOf));
    this.requests.push(entries);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running -= 1;
    if (typeof fault === 'object') throw serviceException(fault.name, fault.status);
    const response = this.answer(entries);
    if (fault === 'crash-after-write') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return response;
  }

  private answer(entries: BatchWriteRecordEntry[]): BatchWriteRecordCommandOutput {
    const response = { Errors: [] as object[], UnprocessedEntries: [] as BatchWriteRecordEntry[], $metadata: {} };
    for (const entry of entries) {
      const fault = this.entryFault(entityOf(entry));
      if (fault === 'none') this.store(entry);
      else if (fault === 'unprocessed') response.UnprocessedEntries.push(entry);
      else response.Errors.push({ Entry: entry, ErrorCode: fault, ErrorMessage: `refused as ${fault}` });
    }
    return response as BatchWriteRecordCommandOutput;
  }

  private store(entry: BatchWriteRecordEntry): void {
    const present = this.online.get(entityOf(entry));
    const newer = present === undefined || eventTimeOf(entry.Record!) > eventTimeOf(present);
    if (newer || (this.rule === 'newer-or-equal' && eventTimeOf(entry.Record!) === eventTimeOf(present))) {
      this.online.set(entityOf(entry), entry.Record!);
    }
  }
}

/** An error as the SDK throws it for a request that the service refused. */
function serviceException(name: string, status: number): SageMakerFeatureStoreRuntimeServiceException {
  return new SageMakerFeatureStoreRuntimeServiceException({
    name, message: `${name} of the test`, $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status },
  });
}

/** The record identifier, which the publisher always puts first. */
export function entityOf(entry: BatchWriteRecordEntry): string {
  return entry.Record![0].ValueAsString!;
}

function eventTimeOf(record: FeatureValue[]): string {
  return record[1].ValueAsString!;
}
