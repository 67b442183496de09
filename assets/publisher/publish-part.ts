import type { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import { BatchWriter } from './batch-writer';
import { deadLetterKey, saveDeadLetters } from './dead-letters';
import { PublishIncompleteError } from './errors';
import { featureRecord } from './feature-record';
import { PartOutcome, writePart } from './part-writer';
import { RetryPace, RetryPaceOptions } from './retry-pace';
import { featureGroupNamed, SpecDocument } from './spec-document';
import { textLines } from './text-lines';

/** One part of a publish set, as the state machine hands it over. */
export interface PublishPartEvent {
  readonly key: string;
  /** Records that the part was written with. */
  readonly records: number;
  /** Name of the feature group in the spec. */
  readonly featureGroup: string;
  /** ISO-8601 UTC with milliseconds: the event time of every record. */
  readonly slotEnd: string;
}

/** What became of a part: `attempted` is `written` plus `deadLettered`. */
export interface PublishPartResult {
  readonly key: string;
  readonly featureGroup: string;
  readonly attempted: number;
  readonly written: number;
  /** Records sent again, counted once for each time. */
  readonly retried: number;
  readonly deadLettered: number;
}

/** What publishing a part needs besides the part. */
export interface Publisher {
  readonly s3: S3Client;
  readonly featureStore: SageMakerFeatureStoreRuntimeClient;
  readonly lakeBucket: string;
  readonly spec: SpecDocument;
  readonly maxConcurrentBatches: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Writes one part of a publish set to its feature group.
 *
 * Every record is written or dead-lettered; otherwise the call fails with `PublishIncompleteError` and the part is to be
 * published again, which is harmless because a record has the same event time and the same bytes each time.
 */
export async function publishPart(event: PublishPartEvent, publisher: Publisher, pace: RetryPaceOptions): Promise<PublishPartResult> {
  const { s3, lakeBucket, metrics } = publisher;
  const group = featureGroupNamed(publisher.spec, event.featureGroup);
  const deadLetters = deadLetterKey(event.key, group.layout.publish);
  const retryPace = new RetryPace(pace);
  const writer = new BatchWriter({
    client: publisher.featureStore,
    featureGroupName: group.featureGroupName,
    recordIdentifier: group.recordIdentifier,
    pace: retryPace,
    onLatency: (milliseconds) => metrics.addMetric('BatchLatency', MetricUnit.Milliseconds, milliseconds),
  });

  const outcome = await writePart(partLines(s3, lakeBucket, event.key), {
    writer,
    parse: (line) => featureRecord(line, group, event.slotEnd),
    maxConcurrentBatches: publisher.maxConcurrentBatches,
    outOfTime: () => retryPace.outOfTime,
  });

  await saveDeadLetters(s3, lakeBucket, deadLetters, outcome.refused);
  report(event, outcome, publisher);
  refuseIncomplete(event, outcome);
  return {
    key: event.key,
    featureGroup: event.featureGroup,
    attempted: outcome.attempted,
    written: outcome.written,
    retried: outcome.retried,
    deadLettered: outcome.refused.length,
  };
}

/** The lines of a part. */
export async function* partLines(s3: S3Client, bucket: string, key: string): AsyncGenerator<string> {
  const part = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  yield* textLines(part.Body as unknown as AsyncIterable<Uint8Array>);
}

function report(event: PublishPartEvent, outcome: PartOutcome, { logger, metrics }: Publisher): void {
  const { attempted, written, retried, refused, unwritten } = outcome;
  metrics.addMetric('RecordsWritten', MetricUnit.Count, written);
  metrics.addMetric('RecordsRetried', MetricUnit.Count, retried);
  metrics.addMetric('RecordsRefused', MetricUnit.Count, refused.length);
  const counts = { attempted, written, retried, deadLettered: refused.length, unwritten };
  logger.info('part published', { key: event.key, featureGroup: event.featureGroup, ...counts });
  if (refused.length > 0) {
    const { errorCode, errorMessage } = refused[0];
    logger.error('records refused', { key: event.key, deadLettered: refused.length, firstError: { errorCode, errorMessage } });
  }
}

function refuseIncomplete(event: PublishPartEvent, { complete, unwritten, attempted }: PartOutcome): void {
  if (complete && unwritten > 0) {
    throw new PublishIncompleteError(
      `${event.key}: got ${unwritten} of ${attempted} records neither written nor refused, expected none; publish the part again`,
    );
  }
  if (!complete) {
    throw new PublishIncompleteError(
      `${event.key}: got through ${attempted - unwritten} of ${event.records} records in time, expected all; publish the part again`,
    );
  }
  if (attempted !== event.records) {
    throw new PublishIncompleteError(
      `${event.key}: got ${attempted} records, expected the ${event.records} of the manifest; run the slot again`,
    );
  }
}
