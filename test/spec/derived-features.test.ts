import { Duration, Lazy } from 'aws-cdk-lib';
import { Column } from '../../src/spec/column';
import { Derivation } from '../../src/spec/derivation';
import { Feature } from '../../src/spec/feature';
import { Predicate } from '../../src/spec/predicate';
import { WindowBoundary } from '../../src/spec/window-boundary';
import { withGroup, withSpec } from '../fixtures/problems';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

const day = { window: Duration.days(1) };
const ofAmount = { ...day, of: 'amount' };

/** The features that the derived ones of these tests combine. */
const above = [
  Feature.count('txn_count', day),
  Feature.count('online_count', { ...day, where: Predicate.equalTo('pos_mode', 'online') }),
  Feature.sum('total', ofAmount),
  Feature.max('largest', ofAmount),
  Feature.mean('average', ofAmount),
  Feature.stddev('spread', ofAmount),
  Feature.last('last_country', { ...day, of: 'country' }),
];

const withDerived = (...features: Feature[]) => withGroup({ features: [...above, ...features] });

/** The last feature of the document, for the features above and some more. */
function lastDocument(...features: Feature[]) {
  return cardSpec({ featureGroups: [cardFeatures({ features: [...above, ...features] })] })._toDocument().featureGroups[0].features.at(-1);
}

describe('a derived feature', () => {
  test('has operands, and neither column nor window', () => {
    const { aggregation, column, window, closed, offset, where, ...stated } = Feature.zScore('z', { value: 'v', mean: 'm', stddev: 's' });

    expect(stated).toEqual({ name: 'z', derivation: Derivation.Z_SCORE, operands: ['v', 'm', 's'] });
    expect([aggregation, column, window, closed, offset, where]).toEqual(Array(6).fill(undefined));
  });

  test('is written with the names of its operands in the order of its options', () => {
    expect(JSON.stringify(lastDocument(Feature.ratio('online_share', { denominator: 'txn_count', numerator: 'online_count' }))))
      .toBe('{"name":"online_share","derivation":"ratio","operands":["online_count","txn_count"],"result":{"type":"double"}}');
    expect(lastDocument(Feature.zScore('surprise', { stddev: 'spread', mean: 'average', value: 'largest' })))
      .toEqual({ name: 'surprise', derivation: 'zScore', operands: ['largest', 'average', 'spread'], result: { type: 'double' } });
  });

  test.each([
    ['two integers', 'txn_count', 'online_count', { type: 'integer' }],
    ['two decimals of the same scale', 'total', 'largest', { type: 'decimal', precision: 19, scale: 2 }],
    ['an integer and a decimal', 'txn_count', 'total', { type: 'double' }],
    ['a decimal and a double', 'total', 'average', { type: 'double' }],
    ['two doubles', 'average', 'spread', { type: 'double' }],
  ])('is as exact as the difference of %s', (_, minuend, subtrahend, result) => {
    expect(lastDocument(Feature.difference('d', { minuend, subtrahend }))).toMatchObject({ derivation: 'difference', result });
  });

  test('is a double as the difference of decimals of other scales', () => {
    const columns = [...cardEvents().columns, Column.decimal('rate', { precision: 9, scale: 4 })];
    const features = [...above, Feature.max('rate_max', { ...day, of: 'rate' }), Feature.difference('d', { minuend: 'total', subtrahend: 'rate_max' })];
    const spec = cardSpec({ events: cardEvents({ columns }), featureGroups: [cardFeatures({ features })] });

    expect(spec._toDocument().featureGroups[0].features.at(-1)!.result).toEqual({ type: 'double' });
  });

  test('may combine a derived feature above it', () => {
    const change = Feature.difference('gap', { minuend: 'total', subtrahend: 'largest' });

    expect(lastDocument(change, Feature.ratio('gap_share', { numerator: 'gap', denominator: 'total' }))).toMatchObject({ operands: ['gap', 'total'] });
  });

  test('fails when an operand is not declared', () => {
    expect(withGroup({ features: [Feature.count('txn_count', day), Feature.ratio('r', { numerator: 'txn_cuont', denominator: 'txn_count' })] })).toEqual([
      "features.r.numerator: got 'txn_cuont', expected a feature declared above it: 'txn_count'; "
      + 'correct the name, or declare the feature above it in the same group',
    ]);
    expect(withGroup({ features: [Feature.difference('d', { minuend: 'a', subtrahend: 'amount' })] })).toEqual([
      expect.stringMatching(/^features\.d\.minuend: got 'a', expected a feature declared above it: there are none; /),
      expect.stringMatching(/^features\.d\.subtrahend: got 'amount', expected/),
    ]);
  });

  test('fails when an operand is declared below it, or is the feature itself', () => {
    const early = Feature.ratio('early', { numerator: 'txn_count', denominator: 'early' });

    expect(withGroup({ features: [early, ...above] })).toEqual([
      "features.early.numerator: got 'txn_count', expected a feature declared above it: there are none; declare what it combines above it",
      'features.early.denominator: got the feature itself, expected a feature declared above it: there are none; declare what it combines above it',
    ]);
  });

  test('fails when its group aggregates nothing', () => {
    expect(withGroup({ features: [Feature.ratio('r', { numerator: 'amount', denominator: 'r' })] })).toHaveLength(2);
  });

  test('fails when an operand is of another group', () => {
    const other = cardFeatures({
      name: 'other', featureGroupName: 'other_v1', features: [Feature.count('n', day), Feature.ratio('r', { numerator: 'txn_count', denominator: 'n' })],
    });

    expect(withSpec({ featureGroups: [cardFeatures({ features: above }), other] }))
      .toEqual([expect.stringMatching(/^featureGroups\.other\.features\.r\.numerator: got 'txn_count', expected .* in the same group$/)]);
  });

  test.each(['string', 'boolean', 'timestamp'] as const)('fails when an operand is a %s', (type) => {
    const events = cardEvents({ columns: [...cardEvents().columns, Column[type]('value')] });
    const features = [...above, Feature.last('last_value', { ...day, of: 'value' }), Feature.difference('d', { minuend: 'last_value', subtrahend: 'txn_count' })];

    expect(withSpec({ events, featureGroups: [cardFeatures({ features })] })).toEqual([
      `features.d.minuend: got the ${type} feature 'last_value', expected a feature of type integer, decimal, double; combine numbers`,
    ]);
  });

  test('fails when it combines a feature with itself', () => {
    expect(withDerived(Feature.ratio('r', { numerator: 'total', denominator: 'total' })))
      .toEqual(["features.r.denominator: got 'total' again, expected different features; combine it with another one"]);
    expect(withDerived(Feature.zScore('z', { value: 'average', mean: 'average', stddev: 'spread' })))
      .toEqual([expect.stringMatching(/^features\.z\.mean: got 'average' again/)]);
  });

  test('is not blamed for the mistakes of its operands', () => {
    const mistaken = Feature.sum('mistaken', { ...day, of: 'country' });

    expect(withDerived(mistaken, Feature.difference('d', { minuend: 'mistaken', subtrahend: 'total' }), Feature.ratio('r', { numerator: 'd', denominator: 'total' })))
      .toEqual([expect.stringMatching(/^features\.mistaken\.of: /)]);
  });

  test('fails when it has the name of another feature or a column', () => {
    const ratio = (name: string) => Feature.ratio(name, { numerator: 'online_count', denominator: 'txn_count' });

    expect(withDerived(ratio('total'))).toEqual([expect.stringContaining("features.total.name: got 'total', expected a name that no other")]);
    expect(withDerived(ratio('amount'))).toEqual([expect.stringContaining("features.amount.name: got 'amount'")]);
  });

  test('prints no token', () => {
    const text = Lazy.string({ produce: () => 'secret' });

    expect(withDerived(Feature.ratio('r', { numerator: text, denominator: 'total' }))).toEqual([expect.stringMatching(/^features\.r\.numerator: got a token, /)]);
  });
});

describe('a z-score', () => {
  const zScore = Feature.zScore('z', { value: 'largest', mean: 'mean_x', stddev: 'stddev_x' });
  const history = { of: 'amount', window: Duration.hours(48), offset: Duration.hours(1), where: Predicate.equalTo('country', 'DE') };

  test.each<[string, object]>([
    ['', {}],
    [' of the same length in other words', { window: Duration.days(2), offset: Duration.minutes(60) }],
    [' of the same events in another object', { where: Predicate.equalTo('country', 'DE') }],
    [' with the default boundary', { closed: WindowBoundary.LEFT }],
  ])('accepts one history%s', (_, other) => {
    expect(withDerived(Feature.mean('mean_x', history), Feature.stddev('stddev_x', { ...history, ...other }), zScore)).toEqual([]);
  });

  test.each<[string, object]>([
    ['of', { of: 'fee' }],
    ['window', { window: Duration.hours(47) }],
    ['offset', { offset: undefined }],
    ['closed', { closed: WindowBoundary.BOTH }],
    ['where', { where: undefined }],
    ['where', { where: Predicate.equalTo('country', 'AT') }],
    ['window, closed', { window: Duration.hours(47), closed: WindowBoundary.RIGHT }],
  ])('fails when mean and standard deviation differ in %s', (options, other) => {
    const events = cardEvents({ columns: [...cardEvents().columns, Column.decimal('fee', { precision: 5, scale: 2 })] });
    const features = [...above, Feature.mean('mean_x', history), Feature.stddev('stddev_x', { ...history, ...other }), zScore];

    expect(withSpec({ events, featureGroups: [cardFeatures({ features })] })).toEqual([
      `features.z.stddev: got 'stddev_x', which differs from 'mean_x' in ${options}, expected one history for both; `
      + 'aggregate both over the same column, window, offset, boundary and events',
    ]);
  });

  test('takes decimal literals of one value for the same events', () => {
    const over = (value: string | number) => ({ ...history, where: Predicate.greaterThan('amount', value) });

    expect(withDerived(Feature.mean('mean_x', over(1.5)), Feature.stddev('stddev_x', over('1.50')), zScore)).toEqual([]);
  });

  test('fails when its operands are not a mean and a standard deviation', () => {
    expect(withDerived(Feature.zScore('z', { value: 'largest', mean: 'total', stddev: 'online_count' }))).toEqual([
      "features.z.mean: got the sum feature 'total', expected a mean feature; declare a mean over the history of the value",
      "features.z.stddev: got the count feature 'online_count', expected a stddev feature; declare a stddev over the history of the value",
    ]);
    expect(withDerived(
      Feature.ratio('share', { numerator: 'online_count', denominator: 'txn_count' }), Feature.zScore('z', { value: 'largest', mean: 'share', stddev: 'spread' }),
    )).toEqual([expect.stringMatching(/^features\.z\.mean: got the ratio feature 'share', expected a mean feature/)]);
  });

  test('is not blamed for the mistakes of its history', () => {
    const unknown = { ...history, where: Predicate.equalTo('cuontry', 'DE') };

    expect(withDerived(Feature.mean('mean_x', unknown), Feature.stddev('stddev_x', unknown), zScore)).toEqual([
      expect.stringMatching(/^features\.mean_x\.where\.column: got 'cuontry'/), expect.stringMatching(/^features\.stddev_x\.where\.column: /),
    ]);
  });

  test('waits with its history for windows that can be told', () => {
    const unknown = { of: 'amount', window: Duration.minutes(Lazy.number({ produce: () => 1 })) };

    expect(withDerived(Feature.mean('mean_x', unknown), Feature.stddev('stddev_x', unknown), zScore)).toEqual([
      expect.stringMatching(/^features\.mean_x\.window: got a token/), expect.stringMatching(/^features\.stddev_x\.window: got a token/),
    ]);
  });
});
