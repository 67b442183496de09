import { Duration } from 'aws-cdk-lib';
import { featureRecord } from '../../assets/publisher/feature-record';
import { FeatureGroupDocument, parseSpecDocument } from '../../assets/publisher/spec-document';
import { featureDefinitions } from '../../src/feature-store/private/feature-definitions';
import { Column } from '../../src/spec/column';
import { Feature } from '../../src/spec/feature';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { sensorSpec } from '../fixtures/sensor-features';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

const SLOT_END = '2025-10-23T22:40:00.000Z';
const window = Duration.hours(1);

/** A value of each type as a publish set has it. */
const JSON_VALUES: Record<string, (scale?: number) => string> = {
  string: () => '"text"',
  integer: () => '9007199254740993',
  decimal: (scale) => `"${(12.5).toFixed(scale)}"`,
  double: () => '1e-07',
  boolean: () => '1',
  timestamp: () => '"2025-10-23T00:00:00.000Z"',
};

/** What Feature Store accepts as a value of each of its types. */
const ACCEPTED: Record<string, RegExp> = { Integral: /^-?\d+$/, Fractional: /^-?\d+(\.\d+)?(e-?\d+)?$/, String: /^[^]+$/ };

/** One group with a value of every type, for an entity of two columns. */
function specOfEveryType(): FeatureSpec {
  const columns = [
    Column.string('card_id', { required: true }), Column.string('shop', { required: true }), Column.integer('i'),
    Column.decimal('d', { precision: 9, scale: 3 }), Column.double('x'), Column.boolean('b'), Column.timestamp('t'),
  ];
  const features = ['card_id', 'i', 'd', 'x', 'b', 't'].map((of) => Feature.last(`last_${of}`, { of, window }));
  return new FeatureSpec({ events: cardEvents({ columns }), featureGroups: [cardFeatures({ name: 'every_type', entity: ['card_id', 'shop'], features })] });
}

/** A line with every feature of a group, its keys in reverse order. */
function fullLine(group: FeatureGroupDocument): string {
  const texts = [group.recordIdentifier, ...group.entity.filter((column) => column !== group.recordIdentifier)];
  const pairs = [
    ...texts.map((name) => `"${name}":"c-1"`),
    `"${group.eventTimeFeature}":"${SLOT_END}"`,
    ...group.features.map(({ name, result }) => `"${name}":${JSON_VALUES[result.type](result.scale)}`),
  ];
  return `{${pairs.reverse().join(',')}}`;
}

const groups = [cardSpec(), sensorSpec(), specOfEveryType()].flatMap((spec) => {
  const written = spec._toDocument().featureGroups;
  return parseSpecDocument(spec._documentText()).featureGroups.map((group, index) => ({ name: group.name, group, written: written[index] }));
});

describe.each(groups)('a record of $name', ({ group, written }) => {
  const definitions = featureDefinitions(written);
  const { values } = featureRecord(fullLine(group), group, SLOT_END);

  test('has the features of its feature group, in their order', () => {
    expect(values.map((value) => value.FeatureName)).toEqual(definitions.map((definition) => definition.featureName));
  });

  test('has values that the types of its feature group accept', () => {
    values.forEach((value, index) => expect(value.ValueAsString).toMatch(ACCEPTED[definitions[index].featureType]));
  });
});
