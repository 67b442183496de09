import { Duration } from 'aws-cdk-lib';
import { Aggregation } from './aggregation';
import { Derivation } from './derivation';
import { Predicate } from './predicate';
import { WindowBoundary } from './window-boundary';

/** Options of a feature over events, whatever their values. */
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
  /**
   * Which events of the window take part.
   *
   * @default - every event
   */
  readonly where?: Predicate;
}

/** Options of a feature over the values of one column. */
export interface ColumnFeatureOptions extends CountFeatureOptions {
  /** The column whose values are aggregated. */
  readonly of: string;
}

/** Options of a feature that divides one feature by another. */
export interface RatioFeatureOptions {
  /** The name of the feature that is divided. */
  readonly numerator: string;
  /** The name of the feature that it is divided by. */
  readonly denominator: string;
}

/** Options of a feature that subtracts one feature from another. */
export interface DifferenceFeatureOptions {
  /** The name of the feature that is subtracted from. */
  readonly minuend: string;
  /** The name of the feature that is subtracted. */
  readonly subtrahend: string;
}

/** Options of a feature that compares a value with its own history. */
export interface ZScoreFeatureOptions {
  /** The name of the feature that is compared. */
  readonly value: string;
  /** The name of the mean over the history. */
  readonly mean: string;
  /** The name of the standard deviation over the same column, window, offset, boundary and events. */
  readonly stddev: string;
}

/** What a feature is made of: either an aggregation of events or a derivation from other features. */
interface FeatureParts {
  readonly aggregation?: Aggregation;
  readonly column?: string;
  readonly options?: CountFeatureOptions;
  readonly derivation?: Derivation;
  readonly operands?: string[];
}

/**
 * One named value of an entity at an instant.
 *
 * Most features aggregate the entity's events in a window; a derived one combines features that are declared above it
 * in the same group. The name is the same in every table, in the feature group and in alarms.
 */
export class Feature {
  /** The number of events in the window. It is 0 when there are none. */
  public static count(name: string, options: CountFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.COUNT, options });
  }

  /**
   * The exact sum of a numeric column. Events without a value add nothing, and an empty window is 0.
   *
   * The sum of decimals has 19 digits and the decimals of the column. A sum that its type cannot hold is absent.
   */
  public static sum(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.SUM, column: options.of, options });
  }

  /**
   * The mean of a numeric column, as a double: the exact sum of the values divided by their number, rounded once.
   *
   * Events without a value do not count. It is absent when there are no values.
   */
  public static mean(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.MEAN, column: options.of, options });
  }

  /**
   * The sample variance of a numeric column, as a double in the square of the column's unit.
   *
   * It is the exact quotient with the number of values less one below the line, rounded once. Events without a value
   * do not count. It is absent when there are fewer than two values.
   */
  public static variance(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.VARIANCE, column: options.of, options });
  }

  /**
   * The sample standard deviation of a numeric column, as a double in the column's unit: the square root of the variance.
   *
   * Events without a value do not count. It is absent when there are fewer than two values.
   */
  public static stddev(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.STDDEV, column: options.of, options });
  }

  /**
   * The exact number of different values of a column of any type but double.
   *
   * Events without a value do not count. It is 0 when there are no values.
   */
  public static countDistinct(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.COUNT_DISTINCT, column: options.of, options });
  }

  /** The smallest value of a numeric or timestamp column. It is absent when there are no values. */
  public static min(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.MIN, column: options.of, options });
  }

  /** The largest value of a numeric or timestamp column. It is absent when there are no values. */
  public static max(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.MAX, column: options.of, options });
  }

  /**
   * The value of the oldest event in the window that has one; of several at one instant, that of the smallest event id.
   *
   * It is absent when there are no values.
   */
  public static first(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.FIRST, column: options.of, options });
  }

  /**
   * The value of the newest event in the window that has one; of several at one instant, that of the greatest event id.
   *
   * It is absent when there are no values.
   */
  public static last(name: string, options: ColumnFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.LAST, column: options.of, options });
  }

  /**
   * The seconds from the newest event in the window to the instant of evaluation, as a double.
   *
   * They end at the instant of evaluation even if the window is offset. It is absent when there are no events.
   */
  public static timeSinceLast(name: string, options: CountFeatureOptions): Feature {
    return new Feature(name, { aggregation: Aggregation.TIME_SINCE_LAST, options });
  }

  /**
   * One feature divided by another, as a double. Both are declared above it and are numbers.
   *
   * It is absent when one of them is absent, when the denominator is 0, or when no double can hold the result.
   */
  public static ratio(name: string, options: RatioFeatureOptions): Feature {
    return new Feature(name, { derivation: Derivation.RATIO, operands: [options.numerator, options.denominator] });
  }

  /**
   * One feature less another. Both are declared above it and are numbers.
   *
   * The difference of two integers is an exact integer, that of two decimals of the same scale an exact decimal of 19
   * digits, and any other a double. It is absent when one of the two is, or when its type cannot hold the result.
   */
  public static difference(name: string, options: DifferenceFeatureOptions): Feature {
    return new Feature(name, { derivation: Derivation.DIFFERENCE, operands: [options.minuend, options.subtrahend] });
  }

  /**
   * How many standard deviations a feature is away from a mean, as a double: above it positive, below it negative.
   *
   * Mean and standard deviation must be of one history. All three are declared above it. It is absent when one of them
   * is absent, when the standard deviation is 0, or when no double can hold the result.
   */
  public static zScore(name: string, options: ZScoreFeatureOptions): Feature {
    return new Feature(name, { derivation: Derivation.Z_SCORE, operands: [options.value, options.mean, options.stddev] });
  }

  /** How the events of the window become one value; undefined for a derived feature. */
  public readonly aggregation?: Aggregation;
  /** The column whose values are aggregated; undefined where none is. */
  public readonly column?: string;
  /** Which events of the window take part; undefined for all of them. */
  public readonly where?: Predicate;
  /** How far back the window reaches; undefined for a derived feature. */
  public readonly window?: Duration;
  /** Which ends of the window belong to it; undefined for a derived feature. */
  public readonly closed?: WindowBoundary;
  /** How long before the instant of evaluation the window ends; undefined for a derived feature. */
  public readonly offset?: Duration;
  /** How other features become one value; undefined for an aggregation. */
  public readonly derivation?: Derivation;
  /** The names of the features that are combined, in the order of their options; undefined for an aggregation. */
  public readonly operands?: string[];

  private constructor(
    /** The name of the feature. */
    public readonly name: string,
    { aggregation, column, options, derivation, operands }: FeatureParts,
  ) {
    this.aggregation = aggregation;
    this.column = column;
    this.where = options?.where;
    this.window = options?.window;
    this.closed = options && (options.closed ?? WindowBoundary.LEFT);
    this.offset = options && (options.offset ?? Duration.seconds(0));
    this.derivation = derivation;
    this.operands = operands;
  }
}
