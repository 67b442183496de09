import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerFeatureStoreRuntimeClient } from '@aws-sdk/client-sagemaker-featurestore-runtime';
import type { Context } from 'aws-lambda';
import { auditPart, AuditPartEvent, AuditPartResult } from './audit-part';
import { PublisherInputError } from './errors';
import { Publisher, publishPart, PublishPartEvent, PublishPartResult } from './publish-part';
import { RetryPaceOptions } from './retry-pace';
import { parseSpecDocument, SpecDocument } from './spec-document';

type Settings = Record<string, string | undefined>;

/** Kept free at the end of an invocation: a running request may end, and dead letters are saved. */
const RESERVE_MS = 10_000;
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTION_TIMEOUT_MS = 2_000;
const DEFAULT_CONCURRENT_BATCHES = '8';

/** What is done with one part of a manifest. */
interface PartWork<E, R> {
  /** The types of the properties of an event. */
  readonly expected: Record<keyof E, string>;
  readonly run: (event: E, publisher: Publisher, pace: RetryPaceOptions) => Promise<R>;
  /** What to log when it fails. */
  readonly failure: string;
}

type Handler<E, R> = (event: E, context: Context) => Promise<R>;

const PUBLISH: PartWork<PublishPartEvent, PublishPartResult> = {
  expected: { key: 'string', records: 'number', featureGroup: 'string', slotEnd: 'string' },
  run: publishPart,
  failure: 'part not published',
};

const AUDIT: PartWork<AuditPartEvent, AuditPartResult> = {
  expected: { ...PUBLISH.expected, mustExist: 'boolean', renewals: 'string', readAt: 'string' },
  run: auditPart,
  failure: 'part not audited',
};

/** A publisher that reads its settings and the spec document at its first call, and again after a failure to do so. */
export function createHandler(settings: Settings): Handler<PublishPartEvent, PublishPartResult> {
  return handlerOf(PUBLISH, settings);
}

/** An auditor, which differs from a publisher in what it does with a part. */
export function createAuditHandler(settings: Settings): Handler<AuditPartEvent, AuditPartResult> {
  return handlerOf(AUDIT, settings);
}

function handlerOf<E, R>({ expected, run, failure }: PartWork<E, R>, settings: Settings): Handler<E, R> {
  const logger = new Logger();
  const metrics = new Metrics({ namespace: 'MedallionFeaturePlatform' });
  let publisher: Publisher | undefined;

  return async (event, context) => {
    logger.addContext(context);
    try {
      checkEvent(event, expected);
      publisher ??= await connect(settings, logger, metrics);
      return await run(event, publisher, { remaining: () => context.getRemainingTimeInMillis() - RESERVE_MS });
    } catch (error) {
      logger.error(failure, { event, error: error as Error });
      throw error;
    } finally {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    }
  };
}

/** Publishes one part of a publish set; Step Functions calls it once for each. */
export const handler = createHandler(process.env);

/** Audits one part of what the online store has to have; Step Functions calls it once for each. */
export const auditHandler = createAuditHandler(process.env);

async function connect(settings: Settings, logger: Logger, metrics: Metrics): Promise<Publisher> {
  metrics.setDefaultDimensions({ Platform: setting(settings, 'PLATFORM_NAME') });
  const s3 = new S3Client({});
  return {
    s3,
    featureStore: new SageMakerFeatureStoreRuntimeClient({
      maxAttempts: 1, // the publisher's own backoff is the only one
      requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: CONNECTION_TIMEOUT_MS, throwOnRequestTimeout: true },
    }),
    lakeBucket: setting(settings, 'LAKE_BUCKET'),
    maxConcurrentBatches: concurrentBatches(settings.MAX_CONCURRENT_BATCHES ?? DEFAULT_CONCURRENT_BATCHES),
    spec: await readSpecDocument(s3, setting(settings, 'SPEC_BUCKET'), setting(settings, 'SPEC_KEY')),
    logger,
    metrics,
  };
}

async function readSpecDocument(s3: S3Client, bucket: string, key: string): Promise<SpecDocument> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return parseSpecDocument(await object.Body!.transformToString('utf-8'));
}

function checkEvent<E>(event: E, expected: Record<keyof E, string>): void {
  const problems = Object.entries<string>(expected)
    .map(([name, type]) => ({ name, type, got: typeof event[name as keyof E] }))
    .filter(({ type, got }) => got !== type)
    .map(({ name, type, got }) => `${name}: got ${got}, expected a ${type}`);
  if (problems.length > 0) throw new PublisherInputError(`${problems.join('; ')}; pass an item of the manifest as the state machine does`);
}

function concurrentBatches(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw new PublisherInputError(`MAX_CONCURRENT_BATCHES: got '${text}', expected a whole number of 1 or more; correct or remove it`);
  }
  return count;
}

function setting(settings: Settings, name: string): string {
  const value = settings[name];
  if (value === undefined || value === '') throw new PublisherInputError(`${name}: got no value, expected one; set it on the function`);
  return value;
}
