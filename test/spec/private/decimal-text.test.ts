import * as fc from 'fast-check';
import { decimalText } from '../../../src/spec/private/decimal-text';

describe('decimalText', () => {
  test.each([
    [0, '0'], [-0, '0'], [0.01, '0.01'], [-125.5, '-125.5'], [1e-7, '0.0000001'], [-1.25e-8, '-0.0000000125'], [1e21, '1000000000000000000000'],
    [1.5e22, '15000000000000000000000'], [9_007_199_254_740_991, '9007199254740991'],
  ])('writes %p as %p', (value, text) => {
    expect(decimalText(value)).toBe(text);
  });

  test('reads back as the same number, without an exponent', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = decimalText(value);

      expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      expect(Number(text)).toBe(value === 0 ? 0 : value);
    }));
  });
});
