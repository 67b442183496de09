import {
  BatchWriteRecordCommand,
  BatchWriteRecordEntry,
  BatchWriteRecordResponse,
  SageMakerFeatureStoreRuntimeClient,
  SageMakerFeatureStoreRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { FeatureRecord } from './feature-record';
import { RetryPace } from './retry-pace';
import { isTransient, RETRYABLE_CODES } from './service-errors';

/** Records that one `BatchWriteRecord` request may have. */
export const BATCH_SIZE = 25;

/** A record that will never be written, with the reason. */
export interface RefusedRecord {
  readonly line: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** What became of the records of one batch: each is written, refused or unwritten. */
export interface BatchOutcome {
  readonly written: number;
  /** Records sent again, counted once for each time. */
  readonly retried: number;
  readonly refused: RefusedRecord[];
  /** Records whose attempts or time ran out. */
  readonly unwritten: FeatureRecord[];
}

/** Where batches are written, and how patiently. */
export interface BatchWriterOptions {
  readonly client: SageMakerFeatureStoreRuntimeClient;
  readonly featureGroupName: string;
  readonly recordIdentifier: string;
  readonly pace: RetryPace;
  /** Told the milliseconds of every request that was answered. */
  readonly onLatency?: (milliseconds: number) => void;
}

interface Reply {
  readonly refused: RefusedRecord[];
  readonly retry: FeatureRecord[];
}

const VALIDATION_CODES = new Set(['ValidationError', 'ValidationException']);

/**
 * Writes batches of records whose entities are all different.
 *
 * Throttling, server errors, unprocessed entries and retryable entry errors are tried again with backoff; entries
 * refused for good are returned. A request that is refused as invalid is repeated record by record, so that only the
 * invalid ones are refused. Any other refusal of a request (access, missing group) is thrown.
 */
export class BatchWriter {
  constructor(private readonly options: BatchWriterOptions) {}

  /** Writes up to 25 records until each is settled, or until attempts or time run out. */
  public async write(batch: readonly FeatureRecord[]): Promise<BatchOutcome> {
    const refused: RefusedRecord[] = [];
    let pending = [...batch];
    let retried = 0;
    for (let attempt = 1; pending.length > 0 && (await this.options.pace.before(attempt)); attempt++) {
      if (attempt > 1) retried += pending.length;
      let reply: Reply;
      try {
        reply = await this.send(pending);
      } catch (error) {
        if (isTransient(error)) continue;
        if (!isValidation(error)) throw error;
        if (pending.length > 1) return merge([settled(batch, pending, refused, retried), ...(await this.writeEach(pending))]);
        reply = { refused: [refusal(pending[0], error.name, error.message)], retry: [] };
      }
      refused.push(...reply.refused);
      pending = reply.retry;
    }
    return { ...settled(batch, pending, refused, retried), unwritten: pending };
  }

  private async writeEach(records: readonly FeatureRecord[]): Promise<BatchOutcome[]> {
    const outcomes: BatchOutcome[] = [];
    for (const record of records) outcomes.push(await this.write([record]));
    return outcomes;
  }

  private async send(records: readonly FeatureRecord[]): Promise<Reply> {
    const started = performance.now();
    const response = await this.options.client.send(new BatchWriteRecordCommand({
      Entries: records.map((record) => ({ FeatureGroupName: this.options.featureGroupName, Record: record.values })),
    }));
    this.options.onLatency?.(performance.now() - started);
    return this.reply(records, response);
  }

  private reply(records: readonly FeatureRecord[], response: BatchWriteRecordResponse): Reply {
    const byEntity = new Map(records.map((record) => [record.entity, record]));
    const errors = (response.Errors ?? []).map((error) => ({
      record: this.recordOf(error.Entry, byEntity),
      code: error.ErrorCode ?? 'Unknown',
      message: error.ErrorMessage ?? '',
    }));
    return {
      refused: errors.filter(({ code }) => !RETRYABLE_CODES.has(code)).map(({ record, code, message }) => refusal(record, code, message)),
      retry: [
        ...errors.filter(({ code }) => RETRYABLE_CODES.has(code)).map(({ record }) => record),
        ...(response.UnprocessedEntries ?? []).map((entry) => this.recordOf(entry, byEntity)),
      ],
    };
  }

  private recordOf(entry: BatchWriteRecordEntry | undefined, byEntity: ReadonlyMap<string, FeatureRecord>): FeatureRecord {
    const entity = entry?.Record?.find((value) => value.FeatureName === this.options.recordIdentifier)?.ValueAsString;
    const record = entity === undefined ? undefined : byEntity.get(entity);
    if (record === undefined) throw new Error(`BatchWriteRecord: got a reply about entity '${entity}', expected one of the request's`);
    return record;
  }
}

/** Counts as written what is neither pending nor refused. */
function settled(
  batch: readonly FeatureRecord[], pending: readonly FeatureRecord[], refused: RefusedRecord[], retried: number,
): BatchOutcome {
  return { written: batch.length - pending.length - refused.length, retried, refused, unwritten: [] };
}

function merge(outcomes: readonly BatchOutcome[]): BatchOutcome {
  return {
    written: outcomes.reduce((sum, outcome) => sum + outcome.written, 0),
    retried: outcomes.reduce((sum, outcome) => sum + outcome.retried, 0),
    refused: outcomes.flatMap((outcome) => outcome.refused),
    unwritten: outcomes.flatMap((outcome) => outcome.unwritten),
  };
}

function refusal(record: FeatureRecord, errorCode: string, errorMessage: string): RefusedRecord {
  return { line: record.line, errorCode, errorMessage };
}

function isValidation(error: unknown): error is SageMakerFeatureStoreRuntimeServiceException {
  return error instanceof SageMakerFeatureStoreRuntimeServiceException && VALIDATION_CODES.has(error.name);
}
