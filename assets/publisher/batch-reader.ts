import { BatchGetRecordCommand, SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { AuditIncompleteError } from './errors';
import { RetryPace } from './retry-pace';
import { isTransient, RETRYABLE_CODES } from './service-errors';

/** Records that one `BatchGetRecord` request may ask for. */
export const READ_BATCH_SIZE = 100;

/** The features of one record, by name. */
export type ServedRecord = ReadonlyMap<string, string>;

/** Where records are read, and how patiently. */
export interface BatchReaderOptions {
  readonly client: SageMakerFeatureStoreRuntimeClient;
  readonly featureGroupName: string;
  readonly pace: RetryPace;
}

/**
 * Reads records of one feature group.
 *
 * Throttling, server errors and unprocessed identifiers are tried again with backoff. Any other refusal is thrown, and
 * `AuditIncompleteError` when attempts or time run out.
 */
export class BatchReader {
  constructor(private readonly options: BatchReaderOptions) {}

  /** Reads up to 100 entities; one without a record is not among what is returned. */
  public async read(entities: readonly string[]): Promise<Map<string, ServedRecord>> {
    const found = new Map<string, ServedRecord>();
    let pending: readonly string[] = entities;
    for (let attempt = 1; pending.length > 0; attempt++) {
      if (!(await this.options.pace.before(attempt))) {
        throw new AuditIncompleteError(`BatchGetRecord: got no answer about ${pending.length} records, expected one; audit the part again`);
      }
      pending = await this.readOnce(pending, found);
    }
    return found;
  }

  /** Adds what one request finds, and returns the entities that have to be asked for again. */
  private async readOnce(entities: readonly string[], found: Map<string, ServedRecord>): Promise<readonly string[]> {
    const { client, featureGroupName } = this.options;
    try {
      const answer = await client.send(new BatchGetRecordCommand({
        Identifiers: [{ FeatureGroupName: featureGroupName, RecordIdentifiersValueAsString: [...entities] }],
      }));
      for (const { RecordIdentifierValueAsString: entity, Record: values } of answer.Records ?? []) {
        found.set(entity!, new Map((values ?? []).map(({ FeatureName: name, ValueAsString: text }) => [name!, text!])));
      }
      const errors = answer.Errors ?? [];
      const refused = errors.find(({ ErrorCode: code }) => !RETRYABLE_CODES.has(code!));
      if (refused) throw new Error(`BatchGetRecord: got ${refused.ErrorCode} (${refused.ErrorMessage}), expected a record`);
      const unprocessed = (answer.UnprocessedIdentifiers ?? []).flatMap((left) => left.RecordIdentifiersValueAsString ?? []);
      return [...unprocessed, ...errors.map(({ RecordIdentifierValueAsString: entity }) => entity!)];
    } catch (error) {
      if (!isTransient(error)) throw error;
      return entities;
    }
  }
}
