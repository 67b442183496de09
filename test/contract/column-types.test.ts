import { Duration } from 'aws-cdk-lib';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { BRONZE_TIME_TYPES, BRONZE_TYPES, GLUE_TYPES } from '../../src/catalog/private/glue-columns';
import { FEATURE_TYPES } from '../../src/feature-store/private/feature-definitions';
import { Aggregation } from '../../src/spec/aggregation';
import { Column } from '../../src/spec/column';
import { ColumnType } from '../../src/spec/column-type';
import { Derivation } from '../../src/spec/derivation';
import { EventTimeFormat } from '../../src/spec/event-time';
import { Feature } from '../../src/spec/feature';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { Predicate } from '../../src/spec/predicate';
import { COMBINATIONS, COMPARISONS } from '../../src/spec/private/predicate-term';
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

const hour = { window: Duration.hours(1) };

const features: Record<Aggregation, (column: string) => Feature> = {
  [Aggregation.COUNT]: () => Feature.count('feature', hour),
  [Aggregation.SUM]: (of) => Feature.sum('feature', { of, ...hour }),
  [Aggregation.COUNT_DISTINCT]: (of) => Feature.countDistinct('feature', { of, ...hour }),
  [Aggregation.MEAN]: (of) => Feature.mean('feature', { of, ...hour }),
  [Aggregation.VARIANCE]: (of) => Feature.variance('feature', { of, ...hour }),
  [Aggregation.STDDEV]: (of) => Feature.stddev('feature', { of, ...hour }),
  [Aggregation.MIN]: (of) => Feature.min('feature', { of, ...hour }),
  [Aggregation.MAX]: (of) => Feature.max('feature', { of, ...hour }),
  [Aggregation.FIRST]: (of) => Feature.first('feature', { of, ...hour }),
  [Aggregation.LAST]: (of) => Feature.last('feature', { of, ...hour }),
  [Aggregation.TIME_SINCE_LAST]: () => Feature.timeSinceLast('feature', hour),
};

const derived: Record<Derivation, Feature> = {
  [Derivation.RATIO]: Feature.ratio('feature', { numerator: 'left', denominator: 'right' }),
  [Derivation.DIFFERENCE]: Feature.difference('feature', { minuend: 'left', subtrahend: 'right' }),
  [Derivation.Z_SCORE]: Feature.zScore('feature', { value: 'left', mean: 'average', stddev: 'spread' }),
};

/** A literal of each type, and how the document writes it. */
const literals: Record<ColumnType, { literal: any; text: string | boolean }> = {
  [ColumnType.STRING]: { literal: 'a', text: 'a' },
  [ColumnType.INTEGER]: { literal: 7, text: '7' },
  [ColumnType.DECIMAL]: { literal: 0.125, text: '0.125' },
  [ColumnType.DOUBLE]: { literal: 0.5, text: '0.5' },
  [ColumnType.BOOLEAN]: { literal: false, text: false },
  [ColumnType.TIMESTAMP]: { literal: '2025-10-23T22:40:00Z', text: '2025-10-23T22:40:00Z' },
};

/** What a value of each type is in Parquet, in the JSON of the bronze table, and in Feature Store. */
const STORED: Record<ColumnType, [string, string, string]> = {
  string: ['string', 'string', 'String'],
  integer: ['bigint', 'bigint', 'Integral'],
  decimal: ['decimal(10,3)', 'decimal(10,3)', 'Fractional'],
  double: ['double', 'double', 'Fractional'],
  boolean: ['boolean', 'boolean', 'Integral'],
  timestamp: ['timestamp', 'string', 'String'],
};

/** What the time of an event is in the JSON of the bronze table. */
const ARRIVED: Record<EventTimeFormat, string> = {
  unix_seconds: 'double', unix_millis: 'bigint', unix_micros: 'bigint', unix_nanos: 'bigint', iso8601: 'string',
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
  variance: { string: null, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: null, timestamp: null },
  stddev: { string: null, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: null, timestamp: null },
  min: { string: null, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: null, timestamp: TIMESTAMP },
  max: { string: null, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: null, timestamp: TIMESTAMP },
  first: { string: STRING, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: BOOLEAN, timestamp: TIMESTAMP },
  last: { string: STRING, integer: INTEGER, decimal: DECIMAL, double: DOUBLE, boolean: BOOLEAN, timestamp: TIMESTAMP },
  timeSinceLast: { string: DOUBLE, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: DOUBLE, timestamp: DOUBLE },
};

/** The result of every derivation from two values of every type; null where it is refused. */
const DERIVED_RESULTS: Record<Derivation, Record<ColumnType, object | null>> = {
  ratio: { string: null, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: null, timestamp: null },
  difference: { string: null, integer: INTEGER, decimal: DECIMAL_SUM, double: DOUBLE, boolean: null, timestamp: null },
  zScore: { string: null, integer: DOUBLE, decimal: DOUBLE, double: DOUBLE, boolean: null, timestamp: null },
};

/** The types that every comparison accepts, as the contract states it. */
const COMPARED: Record<string, string[]> = {
  equalTo: ['string', 'integer', 'decimal', 'boolean', 'timestamp'],
  notEqualTo: ['string', 'integer', 'decimal', 'boolean', 'timestamp'],
  oneOf: ['string', 'integer', 'decimal', 'boolean', 'timestamp'],
  greaterThan: ['integer', 'decimal', 'double', 'timestamp'],
  greaterThanOrEqualTo: ['integer', 'decimal', 'double', 'timestamp'],
  lessThan: ['integer', 'decimal', 'double', 'timestamp'],
  lessThanOrEqualTo: ['integer', 'decimal', 'double', 'timestamp'],
  isNull: types,
  isNotNull: types,
};

/** The document of the last of some features over a column of one type. */
function lastDocument(type: ColumnType, declared: Feature[]): any {
  const spec = new FeatureSpec({
    events: cardEvents({ columns: [Column.string('card_id', { required: true }), Column.integer('number'), columns[type]] }),
    featureGroups: [cardFeatures({ features: declared })],
  });
  return spec._toDocument().featureGroups[0].features.at(-1);
}

const featureDocument = (aggregation: Aggregation, type: ColumnType) => lastDocument(type, [features[aggregation]('value')]);

function derivedDocument(derivation: Derivation, type: ColumnType) {
  const history = { of: 'number', ...hour };
  return lastDocument(type, [
    Feature.mean('average', history), Feature.stddev('spread', history), Feature.first('left', { of: 'value', ...hour }),
    Feature.last('right', { of: 'value', ...hour }), derived[derivation],
  ]);
}

function predicateOf(comparison: string, type: ColumnType): any {
  const { literal } = literals[type];
  const where = (Predicate as any)[comparison]('value', comparison === 'oneOf' ? [literal] : literal);
  return lastDocument(type, [Feature.count('feature', { where, ...hour })]).where;
}

/** The words of a key in the alternatives of a definition, in alphabetical order. */
function words(alternatives: any[], key: string): string[] {
  return alternatives.flatMap(({ properties }) => properties[key].enum ?? properties[key].const).sort();
}

describe('ColumnType', () => {
  test('has the vocabulary of the contract', () => {
    expect(schema.$defs.columnType.enum).toEqual(types);
    const results = schema.$defs.valueType.oneOf.flatMap(({ properties }: any) => properties.type.enum ?? properties.type.const);
    expect(results.sort()).toEqual([...types].sort());
  });

  test.each(types)('%s has its type in every table and store', (type) => {
    const value = { type, precision: 10, scale: 3 };

    expect([GLUE_TYPES[type](value), BRONZE_TYPES[type](value), FEATURE_TYPES[type]]).toEqual(STORED[type]);
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

describe('Derivation', () => {
  test.each(Object.values(Derivation).flatMap((derivation) => types.map((type): [Derivation, ColumnType] => [derivation, type])))(
    '%s of %s has the result of the contract, or is refused', (derivation, type) => {
      const expected = DERIVED_RESULTS[derivation][type];

      if (expected === null) {
        expect(() => derivedDocument(derivation, type)).toThrow(`got the ${type} feature 'left', expected a feature of type integer, decimal, double`);
      } else {
        expect(derivedDocument(derivation, type).result).toEqual(expected);
      }
    },
  );
});

describe('Predicate', () => {
  test.each(Object.keys(COMPARED).flatMap((comparison) => types.map((type): [string, ColumnType] => [comparison, type])))(
    '%s of %s is written as the contract states, or is refused', (comparison, type) => {
      const { text } = literals[type];

      if (!COMPARED[comparison].includes(type)) {
        expect(() => predicateOf(comparison, type)).toThrow(`features.feature.where.column: got the ${type} column 'value'`);
      } else {
        const { column, ...rest } = predicateOf(comparison, type);
        const expected = comparison === 'oneOf' ? { values: [text] } : comparison.startsWith('is') ? {} : { value: text };
        expect([column, rest]).toEqual(['value', { comparison, ...expected }]);
      }
    },
  );
});

describe('the other vocabularies of the contract', () => {
  test('are those of the library', () => {
    expect(schema.$defs.aggregatedFeature.properties.aggregation.enum).toEqual(Object.values(Aggregation));
    expect(schema.$defs.derivedFeature.oneOf.map(({ properties }) => properties.derivation.const)).toEqual(Object.values(Derivation));
    expect(words(schema.$defs.comparison.oneOf, 'comparison')).toEqual([...COMPARISONS].sort());
    expect(words(schema.$defs.combination.oneOf, 'combination')).toEqual([...COMBINATIONS].sort());
    expect(Object.keys(COMPARED).sort()).toEqual([...COMPARISONS].sort());
    expect(schema.$defs.aggregatedFeature.properties.window.properties.closed.enum).toEqual(Object.values(WindowBoundary));
    expect(schema.$defs.events.properties.eventTime.properties.format.enum).toEqual(Object.values(EventTimeFormat));
  });

  test('have a type in the bronze table for each format of the event time', () => {
    expect(BRONZE_TIME_TYPES).toEqual(ARRIVED);
  });
});
