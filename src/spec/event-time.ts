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

/**
 * Where an event says when it happened, and in which format.
 *
 * All windows are cut by this time, never by the time of arrival. A number that cannot be the time of an event that
 * arrives, but could be in another unit, is kept in the quarantine as `wrong_unit`.
 */
export class EventTime {
  /** Event time in seconds since 1970, such as `1761237000` or `1761237000.25`. */
  public static unixSeconds(column: string): EventTime {
    return new EventTime(column, EventTimeFormat.UNIX_SECONDS);
  }

  /** Event time in milliseconds since 1970, such as `1761237000000`. */
  public static unixMillis(column: string): EventTime {
    return new EventTime(column, EventTimeFormat.UNIX_MILLIS);
  }

  /** Event time in microseconds since 1970, such as `1761237000000000`. */
  public static unixMicros(column: string): EventTime {
    return new EventTime(column, EventTimeFormat.UNIX_MICROS);
  }

  /** Event time in nanoseconds since 1970, such as `1761237000000000000`. */
  public static unixNanos(column: string): EventTime {
    return new EventTime(column, EventTimeFormat.UNIX_NANOS);
  }

  /**
   * Event time as ISO 8601 text with a date, a time and an offset from UTC, such as `2025-10-23T16:30:00Z`.
   *
   * A space may stand for the `T`, seconds may be missing, the fraction may have any number of digits, and the offset may
   * be written as `Z`, `+02`, `+0200` or `+02:00`.
   */
  public static iso8601(column: string): EventTime {
    return new EventTime(column, EventTimeFormat.ISO8601);
  }

  private constructor(
    /** The raw column that holds the time. */
    public readonly column: string,
    /** The format that the column is written in. */
    public readonly format: EventTimeFormat,
  ) {}
}
