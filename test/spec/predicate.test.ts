import { Aws, Duration, Lazy, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Column } from '../../src/spec/column';
import { PredicateDocument } from '../../src/spec/document';
import { Feature } from '../../src/spec/feature';
import { Predicate } from '../../src/spec/predicate';
import { withEvents, withFeature, withSpec } from '../fixtures/problems';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

const columns = [
  Column.string('card_id', { required: true }),
  Column.string('text'),
  Column.string('mode', { allowedValues: ['chip', 'online'] }),
  Column.integer('whole'),
  Column.decimal('money', { precision: 12, scale: 2 }),
  Column.double('share'),
  Column.boolean('flag'),
  Column.timestamp('at'),
];

const counting = (where: Predicate) => cardFeatures({ features: [Feature.count('n', { window: Duration.days(1), where })] });

/** What the document says of a predicate. */
function written(where: Predicate): PredicateDocument {
  const document = cardSpec({ events: cardEvents({ columns }), featureGroups: [counting(where)] })._toDocument();
  return (document.featureGroups[0].features[0] as { where: PredicateDocument }).where;
}

/** What a predicate is refused with, without the path of its feature; nothing if it is accepted. */
function problemsOf(where: Predicate): string[] {
  const path = /^features\.n\.where/;
  return withSpec({ events: cardEvents({ columns }), featureGroups: [counting(where)] }).map((problem) => {
    expect(problem).toMatch(path);
    return problem.replace(path, '').replace(/^\./, '');
  });
}

/** Predicates that are combined inside one another. */
function nested(depth: number): Predicate {
  return depth === 0 ? Predicate.isNull('text') : Predicate.not(nested(depth - 1));
}

describe('Predicate', () => {
  test('writes every comparison', () => {
    expect([
      Predicate.equalTo('text', 'a'), Predicate.notEqualTo('flag', false), Predicate.oneOf('whole', [1, 2]), Predicate.greaterThan('money', 1.5),
      Predicate.greaterThanOrEqualTo('share', 0.1), Predicate.lessThan('whole', -1), Predicate.lessThanOrEqualTo('at', '2025-01-01T00:00:00Z'),
      Predicate.isNull('text'), Predicate.isNotNull('share'),
    ].map(written)).toEqual([
      { comparison: 'equalTo', column: 'text', value: 'a' },
      { comparison: 'notEqualTo', column: 'flag', value: false },
      { comparison: 'oneOf', column: 'whole', values: ['1', '2'] },
      { comparison: 'greaterThan', column: 'money', value: '1.5' },
      { comparison: 'greaterThanOrEqualTo', column: 'share', value: '0.1' },
      { comparison: 'lessThan', column: 'whole', value: '-1' },
      { comparison: 'lessThanOrEqualTo', column: 'at', value: '2025-01-01T00:00:00Z' },
      { comparison: 'isNull', column: 'text' },
      { comparison: 'isNotNull', column: 'share' },
    ]);
  });

  test('writes every combination', () => {
    const [isA, isB] = [Predicate.equalTo('text', 'a'), Predicate.equalTo('text', 'b')];

    expect(written(Predicate.allOf(isA, Predicate.anyOf(isB), Predicate.not(isB)))).toEqual({
      combination: 'allOf',
      predicates: [
        { comparison: 'equalTo', column: 'text', value: 'a' },
        { combination: 'anyOf', predicates: [{ comparison: 'equalTo', column: 'text', value: 'b' }] },
        { combination: 'not', predicates: [{ comparison: 'equalTo', column: 'text', value: 'b' }] },
      ],
    });
  });

  test('stands between the column and the window of its feature', () => {
    const feature = Feature.sum('n', { of: 'amount', window: Duration.days(1), where: Predicate.equalTo('country', 'DE') });

    expect(Object.keys(cardSpec({ featureGroups: [cardFeatures({ features: [feature] })] })._toDocument().featureGroups[0].features[0]))
      .toEqual(['name', 'aggregation', 'column', 'where', 'window', 'result', 'emptyValue']);
  });

  test('is not changed by a list that is changed after the declaration', () => {
    const values = ['a'];
    const predicate = Predicate.oneOf('text', values);
    values.push('b');

    expect(written(predicate)).toMatchObject({ values: ['a'] });
  });

  test.each<[string, string | number, string]>([
    ['whole', '-9223372036854775808', '-9223372036854775808'],
    ['whole', '9223372036854775807', '9223372036854775807'],
    ['whole', 9_007_199_254_740_991, '9007199254740991'],
    ['whole', -0, '0'],
    ['whole', '-0', '0'],
    ['money', '1.50', '1.5'],
    ['money', '0.00', '0'],
    ['money', '-0.0', '0'],
    ['money', '1.500', '1.5'],
    ['money', '100', '100'],
    ['money', 100, '100'],
    ['money', '-9999999999.99', '-9999999999.99'],
    ['money', 0.01, '0.01'],
    ['share', 1e-7, '0.0000001'],
    ['share', '0.1000000000000000055511151231257827', '0.1'],
    ['share', 1e300, `1${'0'.repeat(300)}`],
    ['share', '-0.0', '0'],
    ['at', '2025-10-24T00:40:00.500000+02:00', '2025-10-23T22:40:00.5Z'],
  ])('writes %s compared with %p as %p', (column, value, text) => {
    expect(written(Predicate.lessThan(column, value))).toEqual({ comparison: 'lessThan', column, value: text });
  });

  test('writes any double as text that reads back as the same number', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const { value: text } = written(Predicate.lessThan('share', value)) as { value: string };

      expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      expect(Number(text)).toBe(value === 0 ? 0 : value);
    }));
  });

  test('fails when a column is not declared', () => {
    expect(problemsOf(Predicate.isNull('txet'))).toEqual([
      "column: got 'txet', expected a declared column: 'card_id', 'text', 'mode', 'whole', 'money', 'share', 'flag', 'at'; "
      + 'correct the name or declare the column',
    ]);
  });

  test.each([Predicate.equalTo('share', 1), Predicate.notEqualTo('share', 1), Predicate.oneOf('share', [1])])('fails when a double is tested for equality', (predicate) => {
    expect(problemsOf(predicate)).toEqual([expect.stringMatching(
      /^column: got the double column 'share', expected a column of type string, integer, decimal, boolean, timestamp for \w+; compare it by order, for example with greaterThan$/,
    )]);
  });

  test.each(['text', 'flag'])('fails when the %s column is compared by order', (column) => {
    expect(problemsOf(Predicate.lessThan(column, 'a'))).toEqual([
      expect.stringMatching(/expected a column of type integer, decimal, double, timestamp for lessThan; choose another column or comparison$/),
    ]);
  });

  test.each(columns.map(({ name }) => name))('tests the column %s for presence, whatever its type', (column) => {
    expect(problemsOf(Predicate.anyOf(Predicate.isNull(column), Predicate.isNotNull(column)))).toEqual([]);
  });

  test.each<[string, string | number | boolean, string]>([
    ['text', 1, "got 1 for the string column 'text', expected Unicode text; write the value as the events have it"],
    ['text', 'half a pair: \ud800', "got 'half a pair: \ud800' for the string column 'text', expected Unicode text"],
    ['text', true, 'got true for the string column'],
    ['mode', 'chpi', "got 'chpi' for the string column 'mode', expected one of its allowed values 'chip', 'online'; "],
    ['whole', 1.5, "got 1.5 for the integer column 'whole', expected a whole number of 64 bits; write a number beyond 9007199254740991 as text"],
    ['whole', '1.5', "got '1.5' for the integer column"],
    ['whole', 2 ** 53, 'got 9007199254740992 for the integer column'],
    ['whole', '9223372036854775808', "got '9223372036854775808' for the integer column"],
    ['whole', '-9223372036854775809', "got '-9223372036854775809' for the integer column"],
    ['whole', '01', "got '01' for the integer column"],
    ['whole', '1e3', "got '1e3' for the integer column"],
    ['whole', '', "got '' for the integer column"],
    ['whole', true, 'got true for the integer column'],
    ['whole', NaN, 'got NaN for the integer column'],
    ['money', 0.001, "got 0.001 for the decimal column 'money', expected a number of at most 12 digits, 2 of them decimals; give the digits that the column has"],
    ['money', 10_000_000_000, 'got 10000000000 for the decimal column'],
    ['money', '-10000000000', "got '-10000000000' for the decimal column"],
    ['money', 2 ** 53, 'got 9007199254740992 for the decimal column'],
    ['money', Infinity, 'got Infinity for the decimal column'],
    ['money', '+1', "got '+1' for the decimal column"],
    ['flag', 'true', "got 'true' for the boolean column 'flag', expected true or false; write it without quotes"],
    ['flag', 1, 'got 1 for the boolean column'],
    ['at', '2025-10-23', "got '2025-10-23' for the timestamp column 'at', expected ISO 8601 text with an offset from UTC, down to the microsecond; write it like '2025-10-23T22:40:00Z'"],
    ['at', 1_761_259_200, 'got 1761259200 for the timestamp column'],
  ])('fails when %s is compared with %p', (column, value, problem) => {
    expect(problemsOf(Predicate.equalTo(column, value))).toEqual([expect.stringContaining(`value: ${problem}`)]);
    expect(problemsOf(Predicate.oneOf(column, [value]))).toEqual([expect.stringContaining('values[0]: got ')]);
  });

  test.each([NaN, Infinity, -Infinity, '1e5', '.5', '1.', '', 'many', `1${'0'.repeat(400)}`])('fails when a double is compared with %p', (value) => {
    expect(problemsOf(Predicate.greaterThan('share', value))).toEqual([expect.stringContaining("for the double column 'share', expected a finite number; ")]);
  });

  test('fails when a list has no values, or one of them twice', () => {
    expect(problemsOf(Predicate.oneOf('text', []))).toEqual(['values: got none, expected at least one value; list the values that take part']);
    expect(problemsOf(Predicate.oneOf('money', [1.5, 2, '1.50']))).toEqual([
      "values[2]: got '1.50' again, expected different values; remove the second one",
    ]);
  });

  test('fails when nothing is combined', () => {
    expect(problemsOf(Predicate.allOf())).toEqual([
      ': got allOf of nothing, expected at least one predicate; list the predicates, or leave the combination out',
    ]);
    expect(problemsOf(Predicate.not(Predicate.anyOf()))).toEqual([expect.stringMatching(/^not: got anyOf of nothing/)]);
  });

  test('fails when more than ten combinations are inside one another', () => {
    expect(problemsOf(nested(10))).toEqual([]);
    expect(problemsOf(nested(11))).toEqual([
      `${Array(10).fill('not').join('.')}: got the combination not inside of 10 others, expected at most 10 inside one another; `
      + 'put the predicates of equal combinations into one',
    ]);
  });

  test('names the place of every mistake of a combination', () => {
    const mistaken = Predicate.allOf(
      Predicate.isNull('text'), Predicate.anyOf(Predicate.equalTo('flag', 'yes'), Predicate.not(Predicate.oneOf('whole', [1, 0.5]))), Predicate.isNull('none'),
    );

    expect(problemsOf(mistaken)).toEqual([
      expect.stringMatching(/^allOf\[1\]\.anyOf\[0\]\.value: got 'yes'/),
      expect.stringMatching(/^allOf\[1\]\.anyOf\[1\]\.not\.values\[1\]: got 0\.5/),
      expect.stringMatching(/^allOf\[2\]\.column: got 'none'/),
    ]);
  });

  test('prints no token', () => {
    const [text, number] = [Lazy.string({ produce: () => 'secret' }), Token.asNumber({ Ref: 'Secret' })];
    const tokens = [
      Predicate.isNull(text), Predicate.equalTo('text', text), Predicate.equalTo('whole', number), Predicate.lessThan('money', number),
      Predicate.lessThan('share', number), Predicate.lessThan('at', Aws.REGION), Predicate.oneOf('text', ['a', text]),
      Predicate.oneOf('text', Token.asList({ Ref: 'Secrets' })),
    ];

    const problems = problemsOf(Predicate.anyOf(...tokens));

    expect(problems).toHaveLength(tokens.length);
    for (const problem of problems) expect(problem).toMatch(/^anyOf\[\d\]\.[\w[\]]+: got a token/);
  });

  test('leaves it to the column to say that its digits are wrong', () => {
    const problems = withEvents({ columns: [...cardEvents().columns, Column.decimal('fee', { precision: NaN, scale: 2 })] });
    const compared = withSpec({
      events: cardEvents({ columns: [...cardEvents().columns, Column.decimal('fee', { precision: NaN, scale: 2 })] }),
      featureGroups: [counting(Predicate.lessThan('fee', 1))],
    });

    expect(compared).toEqual(problems);
  });

  test('restricts every aggregation', () => {
    const options = { window: Duration.days(1), where: Predicate.equalTo('cuontry', 'DE') };
    const ofAmount = { ...options, of: 'amount' };
    const features = [
      Feature.count('n', options), Feature.sum('n', ofAmount), Feature.mean('n', ofAmount), Feature.variance('n', ofAmount), Feature.stddev('n', ofAmount),
      Feature.min('n', ofAmount), Feature.max('n', ofAmount), Feature.countDistinct('n', ofAmount), Feature.first('n', ofAmount), Feature.last('n', ofAmount),
      Feature.timeSinceLast('n', options),
    ];

    for (const feature of features) expect(withFeature(feature)).toEqual([expect.stringMatching(/^features\.n\.where\.column: got 'cuontry'/)]);
  });
});
