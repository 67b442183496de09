/**
 * How the text or number of an event's time is written.
 *
 * Numbers may have decimals or an exponent, and may be in quotes. What is below a microsecond is rounded down.
 */
export enum EventTimeFormat {
  /** Seconds since 1970-01-01T00:00:00Z. */
  UNIX_SECONDS = 'unix_seconds',
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  UNIX_MILLIS = 'unix_millis',
  /** Microseconds since 1970-01-01T00:00:00Z. */
  UNIX_MICROS = 'unix_micros',
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  UNIX_NANOS = 'unix_nanos',
  /** Text such as `2025-10-23T22:40:00.000Z`, with an offset from UTC. */
  ISO8601 = 'iso8601',
}

/** Options of where an event says when it happened. */
export interface EventTimeOptions {
  /**
   * Where else an event may have its time, in the same format: of all places, the first that has a value other than null is read.
   *
   * @default - nowhere else
   */
  readonly fallbackSources?: string[];
}

/**
 * Where an event says when it happened, and in which format.
 *
 * The source is the name of a key, or a path such as `$.metadata.time`, as in the `source` of a column. All windows are
 * cut by this time, never by the time of arrival. A number that cannot be the time of an event that arrives, but could be
 * in another unit, is kept in the quarantine as `wrong_unit`.
 */
export class EventTime {
  /** Event time in seconds since 1970, such as `1761237000` or `1761237000.25`. */
  public static unixSeconds(source: string, options: EventTimeOptions = {}): EventTime {
    return new EventTime(source, EventTimeFormat.UNIX_SECONDS, options);
  }

  /** Event time in milliseconds since 1970, such as `1761237000000`. */
  public static unixMillis(source: string, options: EventTimeOptions = {}): EventTime {
    return new EventTime(source, EventTimeFormat.UNIX_MILLIS, options);
  }

  /** Event time in microseconds since 1970, such as `1761237000000000`. */
  public static unixMicros(source: string, options: EventTimeOptions = {}): EventTime {
    return new EventTime(source, EventTimeFormat.UNIX_MICROS, options);
  }

  /** Event time in nanoseconds since 1970, such as `1761237000000000000`. */
  public static unixNanos(source: string, options: EventTimeOptions = {}): EventTime {
    return new EventTime(source, EventTimeFormat.UNIX_NANOS, options);
  }

  /**
   * Event time as ISO 8601 text with a date, a time and an offset from UTC, such as `2025-10-23T16:30:00Z`.
   *
   * A space may stand for the `T`, seconds may be missing, the fraction may have any number of digits, and the offset may
   * be written as `Z`, `+02`, `+0200` or `+02:00`.
   */
  public static iso8601(source: string, options: EventTimeOptions = {}): EventTime {
    return new EventTime(source, EventTimeFormat.ISO8601, options);
  }

  /** Where else an event may have its time, the best place first. */
  public readonly fallbackSources: string[];

  private constructor(
    /** Where an event has its time. */
    public readonly column: string,
    /** The format that the time is written in. */
    public readonly format: EventTimeFormat,
    options: EventTimeOptions,
  ) {
    this.fallbackSources = [...options.fallbackSources ?? []];
  }
}
