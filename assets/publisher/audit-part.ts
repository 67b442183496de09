import { randomUUID } from 'node:crypto';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { BatchReader, READ_BATCH_SIZE } from './batch-reader';
import { AuditIncompleteError, PublisherInputError } from './errors';
import { FeatureRecord, featureRecord } from './feature-record';
import { partLines, Publisher } from './publish-part';
import { ComparisonTimes, RecordDifference, recordDifference } from './record-difference';
import { RetryPace, RetryPaceOptions } from './retry-pace';
import { featureGroupNamed } from './spec-document';

/** One part of the records that the online store has to have, as the state machine hands it over. */
export interface AuditPartEvent {
  readonly key: string;
  /** Records that the part was written with. */
  readonly records: number;
  /** Name of the feature group in the spec. */
  readonly featureGroup: string;
  /** ISO-8601 UTC with milliseconds: the slot that the records are as of. */
  readonly slotEnd: string;
  /** Whether a record that is not there is a fault. */
  readonly mustExist: boolean;
  /** The folder where an object names entities whose records the next slot writes. */
  readonly renewals: string;
  /** ISO-8601 UTC: about when the records are read. */
  readonly readAt: string;
}

/** What a part was found to be. */
export interface AuditPartResult {
  readonly audited: number;
  /** Records that a later slot wrote meanwhile, about which nothing can be said. */
  readonly newer: number;
  readonly differences: number;
}

/** How far ahead of its reading a record's event time may lie; slots are published meanwhile. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

const AUDIT_FOLDER = 'audit/';

interface Found {
  readonly record: FeatureRecord;
  readonly difference: RecordDifference | 'newer' | undefined;
}

/**
 * Compares the records of one part with what the online store has.
 *
 * What differs is kept, and named to be published again by the next slot, which alone writes records. To audit a part
 * again has the same effect.
 */
export async function auditPart(event: AuditPartEvent, publisher: Publisher, pace: RetryPaceOptions): Promise<AuditPartResult> {
  const group = featureGroupNamed(publisher.spec, event.featureGroup);
  const records: FeatureRecord[] = [];
  for await (const line of partLines(publisher.s3, publisher.lakeBucket, event.key)) records.push(featureRecord(line, group, event.slotEnd));
  if (records.length !== event.records) {
    throw new AuditIncompleteError(`${event.key}: got ${records.length} records, expected the ${event.records} of the manifest; run the day again`);
  }

  const reader = new BatchReader({ client: publisher.featureStore, featureGroupName: group.featureGroupName, pace: new RetryPace(pace) });
  const times: ComparisonTimes = { slotEnd: Date.parse(event.slotEnd), latest: Date.parse(event.readAt) + AHEAD_MS };
  const compare = async (batch: readonly FeatureRecord[]): Promise<Found[]> => {
    const served = await reader.read(batch.map((record) => record.entity));
    return batch
      .filter((record) => event.mustExist || served.has(record.entity))
      .map((record) => ({ record, difference: recordDifference(record, served.get(record.entity), group, times) }));
  };
  const found = await inBatches(records, publisher.maxConcurrentBatches, compare);

  const wrong = found.filter((one): one is Found & { difference: RecordDifference } => typeof one.difference === 'object');
  await keep(event, publisher, wrong);
  const result = { audited: found.length, newer: found.filter((one) => one.difference === 'newer').length, differences: wrong.length };
  publisher.metrics.addMetric('RecordsAudited', MetricUnit.Count, result.audited);
  publisher.logger.info('part audited', { key: event.key, featureGroup: event.featureGroup, ...result });
  return result;
}

/** Writes down what is wrong, and lets the next slot publish it. */
async function keep(
  event: AuditPartEvent, { s3, lakeBucket, logger }: Publisher, wrong: readonly (Found & { difference: RecordDifference })[],
): Promise<void> {
  if (wrong.length === 0) return;
  const put = (Key: string, lines: string[]) => s3.send(new PutObjectCommand({
    Bucket: lakeBucket, Key, Body: lines.map((line) => `${line}\n`).join(''), ContentType: 'application/x-ndjson',
  }));
  await put(differencesKey(event.key), wrong.map(({ difference }) => JSON.stringify(difference)));
  await put(`${event.renewals}${randomUUID()}/part-00000.jsonl`, wrong.map(({ record }) => record.line));
  const { recordIdentifier, fault, features } = wrong[0].difference;
  logger.error('records differ', { key: event.key, differences: wrong.length, first: { recordIdentifier, fault, features } });
}

/** The key of the differences of a part: its own, in another folder of the feature group. */
function differencesKey(key: string): string {
  if (!key.includes(`/${AUDIT_FOLDER}`)) {
    throw new PublisherInputError(`key: got '${key}', expected one below '${AUDIT_FOLDER}'; pass an item of the audit's manifest`);
  }
  return key.replace(`/${AUDIT_FOLDER}`, '/differences/');
}

/** Works on records in batches, a few at a time, and returns what all of them gave, in order. */
async function inBatches<T>(
  records: readonly FeatureRecord[], concurrent: number, work: (batch: readonly FeatureRecord[]) => Promise<T[]>,
): Promise<T[]> {
  const results: T[][] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next * READ_BATCH_SIZE < records.length) {
      const number = next++;
      results[number] = await work(records.slice(number * READ_BATCH_SIZE, (number + 1) * READ_BATCH_SIZE));
    }
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
  return results.flat();
}
