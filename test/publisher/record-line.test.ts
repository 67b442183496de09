import * as fc from 'fast-check';
import { parseRecordLine } from '../../assets/publisher/record-line';

describe('parseRecordLine', () => {
  test('keeps the text of numbers that a JavaScript number would change', () => {
    const values = parseRecordLine('{"big": 9007199254740993, "tiny": 1e-07, "zero": -0.0, "long": 41.833333333333336}');

    expect([...values.values()].map((value) => value.text)).toEqual(['9007199254740993', '1e-07', '-0.0', '41.833333333333336']);
    expect([...values.values()].map((value) => value.type)).toEqual(['number', 'number', 'number', 'number']);
  });

  test('leaves digits inside strings alone', () => {
    const values = parseRecordLine('{"a \\"12\\" b": "1\\\\", "c": "-3.5e2"}');

    expect([...values]).toEqual([['a "12" b', { type: 'string', text: '1\\' }], ['c', { type: 'string', text: '-3.5e2' }]]);
  });

  test('reads any flat object as JSON.parse does', () => {
    const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null));
    fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), scalar), (object) => {
      const line = JSON.stringify(object);
      const parsed = JSON.parse(line);
      const read = parseRecordLine(line);

      expect([...read.keys()]).toEqual(Object.keys(parsed));
      for (const [key, { type, text }] of read) {
        expect(type).toBe(parsed[key] === null ? 'null' : typeof parsed[key]);
        expect(text).toBe(type === 'number' ? JSON.stringify(parsed[key]) : String(parsed[key]));
      }
    }));
  });

  test.each([
    ['{"a": 01}', 'invalid JSON'],
    ['{"a": NaN}', 'invalid JSON'],
    ['{"a": 1', 'invalid JSON'],
    ['[1]', 'an array'],
    ['7', 'a number'],
    ['null', 'a null'],
  ])('fails when the line is %s', (line, got) => {
    expect(() => parseRecordLine(line)).toThrow(`line: got ${got}`);
  });
});
