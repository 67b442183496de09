/** How the events of a window become one value. Nulls are ignored, except that a count counts events. */
export enum Aggregation {
  /** The number of events; 0 when there are none. */
  COUNT = 'count',
  /** The exact sum of a numeric column; 0 when there are no values. */
  SUM = 'sum',
  /** The exact number of different values; 0 when there are none. */
  COUNT_DISTINCT = 'countDistinct',
  /** The exact sum divided once by the number of values; absent when there are none. */
  MEAN = 'mean',
  /** The smallest value; absent when there are none. */
  MIN = 'min',
  /** The largest value; absent when there are none. */
  MAX = 'max',
  /** The value of the newest event that has one; absent when there are none. */
  LAST = 'last',
}
