import { Duration } from 'aws-cdk-lib';
import { Aggregation } from './aggregation';
import { WindowBoundary } from './window-boundary';

/** Options of a feature that counts events. */
export interface CountFeatureOptions {
  /** How far back the window reaches. It need not be a multiple of the slot. */
  readonly window: Duration;
  /**
   * Which ends of the window belong to it.
   *
   * @default WindowBoundary.LEFT - an event sees neither itself nor another one of the same instant
   */
  readonly closed?: WindowBoundary;
  /**
   * How long before the instant of evaluation the window ends.
   *
   * @default Duration.seconds(0) - the window ends at the instant of evaluation
   */
  readonly offset?: Duration;
}

/** Options of a feature over the values of one column. */
export interface ColumnFeatureOptions extends CountFeatureOptions {
  /** The column whose values are aggregated. */
  readonly of: string;
}

/**
 * One named aggregation over one window of an entity's past events.
 *
 * The name is the same in every table, in the feature group and in alarms.
 */
export class Feature {
  /** The number of events in the window. */
  public static count(name: string, options: CountFeatureOptions): Feature {
    return new Feature(name, Aggregation.COUNT, options);
  }

  /** The exact sum of a numeric column. */
  public static sum(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.SUM, options, options.of);
  }

  /** The exact mean of a numeric column. */
  public static mean(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.MEAN, options, options.of);
  }

  /** The exact number of different values of a column. */
  public static countDistinct(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.COUNT_DISTINCT, options, options.of);
  }

  /** The smallest value of a numeric or timestamp column. */
  public static min(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.MIN, options, options.of);
  }

  /** The largest value of a numeric or timestamp column. */
  public static max(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.MAX, options, options.of);
  }

  /** The newest value of a column. */
  public static last(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, Aggregation.LAST, options, options.of);
  }

  /** How far back the window reaches. */
  public readonly window: Duration;
  /** Which ends of the window belong to it. */
  public readonly closed: WindowBoundary;
  /** How long before the instant of evaluation the window ends. */
  public readonly offset: Duration;

  private constructor(
    /** The name of the feature. */
    public readonly name: string,
    /** How the events of the window become one value. */
    public readonly aggregation: Aggregation,
    options: CountFeatureOptions,
    /** The column whose values are aggregated; undefined for a count of events. */
    public readonly column?: string,
  ) {
    this.window = options.window;
    this.closed = options.closed ?? WindowBoundary.LEFT;
    this.offset = options.offset ?? Duration.seconds(0);
  }
}
