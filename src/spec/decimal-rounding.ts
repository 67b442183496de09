/** What becomes of a number that has more decimals than its column. */
export enum DecimalRounding {
  /** The event is kept in the quarantine as `wrong_type`: no digit is lost without notice. */
  REFUSE = 'refuse',
  /** The nearest number of the column is taken; of two that are equally near, the one whose last digit is even. */
  HALF_EVEN = 'half_even',
}
