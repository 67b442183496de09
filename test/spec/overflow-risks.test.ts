import { Duration } from 'aws-cdk-lib';
import { Column } from '../../src/spec/column';
import { Feature } from '../../src/spec/feature';
import { overflowRisks } from '../../src/spec/overflow-risks';
import { sensorSpec } from '../fixtures/sensor-features';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

const hour = { window: Duration.hours(1) };
const ofValue = { of: 'value', ...hour };

/** The risks of one column `value`, of which these features are made. */
function risksOf(column: Column, ...features: Feature[]) {
  const events = cardEvents({ columns: [Column.string('card_id', { required: true }), column] });
  return overflowRisks(cardSpec({ events, featureGroups: [cardFeatures({ features })] })._toDocument());
}

const within = (bound: number) => ({ greaterThanOrEqualTo: -bound, lessThanOrEqualTo: bound });
const money = (precision: number) => Column.decimal('value', { precision, scale: 2 });

describe('the columns whose values may overflow', () => {
  const sum = Feature.sum('total', ofValue);
  const spread = Feature.stddev('spread', ofValue);
  const range = [
    Feature.max('most', ofValue), Feature.min('least', ofValue), Feature.difference('range', { minuend: 'most', subtrahend: 'least' }),
  ];

  test.each<[string, Column, Feature[], number | undefined]>([
    // 2^63 / 10^6 is 9.22 x 10^12
    ['whole numbers without bounds, summed', Column.integer('value'), [sum], 1e12],
    ['whole numbers with one bound', Column.integer('value', { greaterThan: 0 }), [sum], 1e12],
    ['the last bound of which a million fit', Column.integer('value', within(9_223_372_036_854)), [sum], undefined],
    ['a bound of which a million do not', Column.integer('value', within(9_300_000_000_000)), [sum], 1e12],
    ['a wide lower bound', Column.integer('value', { greaterThan: -1e13, lessThan: 1 }), [sum], 1e12],
    // a million of 10^12 minor units are 10^18, of 10^13 more than 2^63; 9.22 x 10^12 minor units are 9.22 x 10^10
    ['decimals of 12 digits', money(12), [sum], undefined],
    ['decimals of 13 digits', money(13), [sum], 1e10],
    ['decimals that digits allow and bounds do not', Column.decimal('value', { precision: 18, scale: 2, ...within(1e10) }), [sum], undefined],
    // a bound of doubles could be far wider, but a literal may not: it ends at 9 x 10^15
    ['doubles, summed', Column.double('value'), [sum], 1e15],
    ['doubles, of which the spread is taken', Column.double('value'), [spread], 1e15],
    ['doubles that are subtracted', Column.double('value'), range, 1e15],
    ['doubles with the widest bounds', Column.double('value', within(Number.MAX_SAFE_INTEGER)), [sum, spread, ...range], undefined],
    ['doubles, of which nothing is added', Column.double('value'), range.slice(0, 2), undefined],
    ['whole numbers, of which the spread is taken', Column.integer('value'), [spread], undefined],
    ['whole numbers, of which nothing is added', Column.integer('value'), range.slice(0, 2), undefined],
    // two of 2^62 are 2^63
    ['whole numbers that are subtracted', Column.integer('value'), range, 1e15],
    ['bounded whole numbers that are subtracted', Column.integer('value', within(Number.MAX_SAFE_INTEGER)), range, undefined],
    ['whole numbers that are divided', Column.integer('value'), [
      ...range.slice(0, 2), Feature.ratio('r', { numerator: 'most', denominator: 'least' }),
    ], undefined],
    ['means of whole numbers, subtracted as doubles', Column.integer('value'), [
      Feature.mean('m', ofValue), Feature.last('l', ofValue), Feature.difference('d', { minuend: 'm', subtrahend: 'l' }),
    ], undefined],
  ])('of %s', (_, column, features, bound) => {
    expect(risksOf(column, ...features).map((risk) => risk.bound)).toEqual(bound === undefined ? [] : [bound]);
  });

  test('names every feature that would be absent, and the bound that keeps all of them', () => {
    const rest = Feature.difference('rest', { minuend: 'total', subtrahend: 'most' });
    const more = Feature.difference('more', { minuend: 'rest', subtrahend: 'most' });
    // the sum goes through two differences: 2^63 / 4 / 10^6 is 2.3 x 10^12
    expect(risksOf(Column.integer('value', within(3e12)), sum, range[0], rest, more)).toEqual([
      { column: 'value', features: ['card_features.total'], bound: 1e12 },
    ]);
    expect(risksOf(Column.integer('value'), sum, range[0], rest, more)[0].features).toEqual(['card_features.total', 'card_features.most']);
    expect(risksOf(Column.integer('value', within(2e12)), sum, range[0], rest, more)).toEqual([]);
  });

  test('are none of the card declaration, and two of the machines', () => {
    expect(overflowRisks(cardSpec()._toDocument())).toEqual([]);
    expect(overflowRisks(sensorSpec()._toDocument()).map(({ column, bound }) => [column, bound])).toEqual([
      ['vibration_mm_s', 1e15], ['parts_made', 1e12],
    ]);
  });
});
