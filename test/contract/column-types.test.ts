import { Duration } from 'aws-cdk-lib';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { BRONZE_TIME_TYPES, BRONZE_TYPES, GLUE_TYPES } from '../../src/catalog/private/glue-columns';
import { FEATURE_TYPES } from '../../src/feature-store/private/feature-definitions';
import { Aggregation } from '../../src/spec/aggregation';
import { Column } from '../../src/spec/column';
import { ColumnType } from '../../src/spec/column-type';
import { EventTimeFormat } from '../../src/spec/event-time';
import { Feature } from '../../src/spec/feature';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { WindowBoundary } from '../../src/spec/window-boundary';
import { cardEvents, cardFeatures } from '../fixtures/specs';

const types = Object.values(ColumnType);

const columns: Record<ColumnType, Column> = {
  [ColumnType.STRING]: Column.string('value'),
  [ColumnType.INTEGER]: Column.integer('value'),
  [ColumnType.DECIMAL]: Column.decimal('value', { precision: 10, scale: 3 }),
  [ColumnType.DOUBLE]: Column.double('value'),
  [ColumnType.BOOLEAN]: Column.boolean('value'),
  [ColumnType.TIMESTAMP]: Column.timestamp('value'),
};

const features: Record<Aggregation, (column: string) => Feature> = {
  [Aggregation.COUNT]: () => Feature.count('feature', { window: Duration.hours(1) }),
  [Aggregation.SUM]: (of) => Feature.sum('feature', { of, window: Duration.hours(1) }),
  [Aggregation.COUNT_DISTINCT]: (of) => Feature.countDistinct('feature', { of, window: Duration.hours(1) }),
  [Aggregation.MEAN]: (of) => Feature.mean('feature', { of, window: Duration.hours(1) }),
  [Aggregation.MIN]: (of) => Feature.min('feature', { of, window: Duration.hours(1) }),
  [Aggregation.MAX]: (of) => Feature.max('feature', { of, window: Duration.hours(1) }),
  [Aggregation.LAST]: (of) => Feature.last('feature', { of, window: Duration.hours(1) }),
};

const DECIMAL = { type: 'decimal', precision: 10, scale: 3 };
const DECIMAL_SUM = { type: 'decimal', precision: 19, scale: 3 };
const [STRING, INTEGER, DOUBLE, BOOLEAN, TIMESTAMP] = ['string', 'integer', 'double', 'boolean', 'timestamp'].map((type) => ({ type }));

/** The result of every aggregation of every type, as the contract states it; null where it is refused. */
const RESULTS: Record<Aggregation, Record<ColumnType, object | null>> = {
  count: { string: INTEGER, integer: INTEGER, decimal: INTEGER, double: INTEGER, boolean: INTEGER, timestamp: INTEGER },
  sum: { string: null, integer: INTEGER, decimal: DECIMAL_SUM, double: DOUBLE, boolean: null, timestamp: null },
  countDistinct: { string: INTEGER, integer: INTEGER, decimal: INTEGER, double: null, boolean: INTEGER, timestamp: INTEGER },
  mean: { string: null, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: null, timestamp: null },
  min: { string: null, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: null, timestamp: TIMESTAMP },
  max: { string: null, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: null, timestamp: TIMESTAMP },
  last: { string: STRING, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: BOOLEAN, timestamp: TIMESTAMP },
};

function featureDocument(aggregation: Aggregation, type: ColumnType) {
  const spec = new FeatureSpec({
    events: cardEvents({ columns: [Column.string('card_id', { required: true }), columns[type]] }),
    featureGroups: [cardFeatures({ features: [features[aggregation]('value')] })],
  });
  return spec._toDocument().featureGroups[0].features[0];
}

describe('ColumnType', () => {
  test('has the vocabulary of the contract', () => {
    expect(schema.$defs.columnType.enum).toEqual(types);
    const results = schema.$defs.valueType.oneOf.flatMap(({ properties }: any) => properties.type.enum ?? properties.type.const);
    expect(results.sort()).toEqual([...types].sort());
  });

  test.each(types)('%s has a type in every table and store', (type) => {
    const value = { type, precision: 10, scale: 3 };

    expect(GLUE_TYPES[type](value)).toMatch(/^(string|bigint|decimal\(10,3\)|double|boolean|timestamp)$/);
    expect(BRONZE_TYPES[type](value)).toMatch(/^(string|bigint|decimal\(10,3\)|double|boolean)$/);
    expect(FEATURE_TYPES[type]).toMatch(/^(String|Integral|Fractional)$/);
  });

  test.each(Object.values(Aggregation).flatMap((aggregation) => types.map((type): [Aggregation, ColumnType] => [aggregation, type])))(
    '%s of %s has the result of the contract, or is refused', (aggregation, type) => {
      const expected = RESULTS[aggregation][type];

      if (expected === null) {
        expect(() => featureDocument(aggregation, type)).toThrow(`features.feature.of: got the ${type} column 'value'`);
      } else {
        expect(featureDocument(aggregation, type).result).toEqual(expected);
      }
    },
  );

  test.each(Object.values(Aggregation))('%s has a value for an empty window only where it counts or adds', (aggregation) => {
    const isZero = ['count', 'sum', 'countDistinct'].includes(aggregation);

    expect(featureDocument(aggregation, ColumnType.INTEGER).emptyValue).toBe(isZero ? '0' : undefined);
  });
});

describe('the other vocabularies of the contract', () => {
  test('are those of the library', () => {
    expect(schema.$defs.feature.properties.aggregation.enum).toEqual(Object.values(Aggregation));
    expect(schema.$defs.feature.properties.window.properties.closed.enum).toEqual(Object.values(WindowBoundary));
    expect(schema.$defs.events.properties.eventTime.properties.format.enum).toEqual(Object.values(EventTimeFormat));
  });

  test.each(Object.values(EventTimeFormat))('%s has a type in the bronze table', (format) => {
    expect(BRONZE_TIME_TYPES[format]).toMatch(/^(double|bigint|string)$/);
  });
});
