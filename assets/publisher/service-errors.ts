import { SageMakerFeatureStoreRuntimeServiceException } from '@aws-sdk/client-sagemaker-featurestore-runtime';

/** Codes of entries that the service failed on, and may take when asked again. */
export const RETRYABLE_CODES = new Set(['InternalFailure', 'ServiceUnavailable']);

const THROTTLING = /throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|SlowDown/i;

/** Whether the same request may succeed later: throttled, failed in the service, or lost on the network. */
export function isTransient(error: unknown): boolean {
  if (error instanceof SageMakerFeatureStoreRuntimeServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0;
    return status === 429 || status >= 500 || THROTTLING.test(error.name) || RETRYABLE_CODES.has(error.name);
  }
  const { name, code } = error as { name?: string; code?: unknown };
  return name === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z_]+$/.test(code));
}
