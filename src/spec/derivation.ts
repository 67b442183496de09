/** How other features of the same entity and instant become one value; absent if any of them is absent. */
export enum Derivation {
  /** The numerator divided by the denominator; absent when the denominator is 0. */
  RATIO = 'ratio',
  /** The minuend less the subtrahend: exact for two integers, and for two decimals of the same scale. */
  DIFFERENCE = 'difference',
  /** How many standard deviations a value is away from a mean; absent when the standard deviation is 0. */
  Z_SCORE = 'zScore',
}
