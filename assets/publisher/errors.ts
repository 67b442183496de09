/** A spec document, event or setting that the publisher cannot work with: repeating the call does not help. */
export class PublisherInputError extends Error {
  public readonly name = 'PublisherInputError';
}

/** A line of a publish set that is no record of its feature group. */
export class MalformedRecordError extends Error {
  public readonly name = 'MalformedRecordError';
}

/**
 * A part whose records could not all be compared.
 *
 * Auditing a part again is harmless, so the caller repeats the whole part.
 */
export class AuditIncompleteError extends Error {
  public readonly name = 'AuditIncompleteError';
}

/**
 * Records that were neither written nor refused when attempts or time ran out.
 *
 * Writing a part again is harmless, so the caller repeats the whole part.
 */
export class PublishIncompleteError extends Error {
  public readonly name = 'PublishIncompleteError';
}
