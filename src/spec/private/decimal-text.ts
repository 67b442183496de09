/**
 * A finite number as plain decimal text, such as `0.0000001` instead of `1e-7`.
 *
 * The digits are those that JavaScript prints, so the text reads back as the same number.
 */
export function decimalText(value: number): string {
  const [mantissa, exponentText] = String(Object.is(value, -0) ? 0 : value).split('e');
  if (exponentText === undefined) return mantissa;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole, decimals = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponentText);
  const digits = whole + decimals;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits}${'0'.repeat(point - digits.length)}`; // large exponents begin at 21, and there are 17 digits at most
}
