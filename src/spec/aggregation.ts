/**
 * How the events of a window become one value.
 *
 * Events without a value in the column are ignored; a count and the time since the last event look at no column.
 */
export enum Aggregation {
  /** The number of events; 0 when there are none. */
  COUNT = 'count',
  /** The exact sum of a numeric column; 0 when there are no values. */
  SUM = 'sum',
  /** The exact number of different values; 0 when there are none. */
  COUNT_DISTINCT = 'countDistinct',
  /** The exact sum divided once by the number of values; absent when there are none. */
  MEAN = 'mean',
  /** The sample variance, rounded once; absent when there are fewer than two values. */
  VARIANCE = 'variance',
  /** The square root of the sample variance; absent when there are fewer than two values. */
  STDDEV = 'stddev',
  /** The smallest value; absent when there are none. */
  MIN = 'min',
  /** The largest value; absent when there are none. */
  MAX = 'max',
  /** The value of the oldest event that has one; absent when there are none. */
  FIRST = 'first',
  /** The value of the newest event that has one; absent when there are none. */
  LAST = 'last',
  /** The seconds from the newest event to the instant of evaluation; absent when there are none. */
  TIME_SINCE_LAST = 'timeSinceLast',
}
