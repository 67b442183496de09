import Ajv2020 from 'ajv/dist/2020';
import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { MedallionError } from '../../src/private/errors';
import { Column } from '../../src/spec/column';
import { LabelSource } from '../../src/spec/datasets';
import { EventSchema } from '../../src/spec/event-schema';
import { EventTime } from '../../src/spec/event-time';
import { Feature } from '../../src/spec/feature';
import { FeatureGroupSpec } from '../../src/spec/feature-group-spec';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { Slot } from '../../src/spec/slot';
import { WindowBoundary } from '../../src/spec/window-boundary';
import * as golden from '../fixtures/card-features.spec.json';
import { cardSpec } from '../fixtures/specs';

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

/** What the schema says against a document; none if it is valid. */
function schemaErrors(document: unknown): string[] {
  return validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const { default: _default, ...goldenDocument } = golden as any;
const changed = (change: (document: any) => void) => {
  const document = structuredClone(goldenDocument);
  change(document);
  return schemaErrors(document);
};

const durationUpTo = (days: number) => fc.integer({ min: 1, max: days * 86_400_000 }).map((millis) => Duration.millis(millis));
const closed = fc.constantFrom(...Object.values(WindowBoundary));
const required = fc.boolean();

const column = (name: string): fc.Arbitrary<Column> => fc.oneof(
  fc.record({ required, maxLength: fc.integer({ min: 1, max: 358_400 }) }).map((options) => Column.string(name, options)),
  fc.record({ required, greaterThan: fc.integer() }).map((options) => Column.integer(name, options)),
  fc.record({ required, lessThanOrEqualTo: fc.double({ noNaN: true, min: -1e15, max: 1e15 }) }).map((options) => Column.double(name, options)),
  fc.integer({ min: 1, max: 18 }).chain((precision) =>
    fc.integer({ min: 0, max: precision }).map((scale) => Column.decimal(name, { precision, scale })),
  ),
  required.map((value) => Column.boolean(name, { required: value })),
  required.map((value) => Column.timestamp(name, { required: value })),
);

const window = fc.record({ window: durationUpTo(365), offset: durationUpTo(30), closed });

const feature = (name: string, columns: Column[]) => fc.tuple(window, fc.constantFrom(...columns)).chain(([options, { name: of, type }]) => {
  const ofColumn = { ...options, of };
  const isNumber = ['integer', 'decimal', 'double'].includes(type);
  return fc.constantFrom(
    Feature.count(name, options), Feature.last(name, ofColumn),
    ...(isNumber ? [Feature.sum(name, ofColumn), Feature.mean(name, ofColumn)] : []),
    ...(isNumber || type === 'timestamp' ? [Feature.min(name, ofColumn), Feature.max(name, ofColumn)] : []),
    ...(type === 'double' ? [] : [Feature.countDistinct(name, ofColumn)]),
  );
});

const group = (index: number, columns: Column[]): fc.Arbitrary<FeatureGroupSpec> => fc.record({
  version: fc.integer({ min: 1, max: 99 }),
  entity: fc.constantFrom<string[]>(['key'], ['key', 'number'], ['number']),
  features: fc.integer({ min: 1, max: 5 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, place) => feature(`f${place}`, columns)))),
}).map((options) => new FeatureGroupSpec({ name: `group_${index}`, ...options }));

const validSpec: fc.Arbitrary<FeatureSpec> = fc.tuple(column('a'), column('b')).chain((random) => {
  const columns = [Column.string('key', { required: true }), Column.integer('number', { required: true }), ...random];
  return fc.record({
    eventTime: fc.constantFrom(EventTime.unixSeconds('at'), EventTime.unixMillis('at'), EventTime.unixMicros('at'), EventTime.iso8601('at')),
    groups: fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => group(index, columns)))),
    minutes: fc.constantFrom(5, 10, 15, 30, 60, 120),
    validationShare: fc.double({ noNaN: true, min: 0.01, max: 0.99 }),
    maturity: durationUpTo(90),
    hasLabels: fc.boolean(),
  }).map(({ eventTime, groups, minutes, validationShare, maturity, hasLabels }) => new FeatureSpec({
    events: new EventSchema({ name: 'events', eventId: 'id', eventTime, columns }),
    featureGroups: groups,
    slot: Slot.every(Duration.minutes(minutes)),
    datasets: {
      validationShare,
      labels: hasLabels ? LabelSource.csv({ eventId: 'id', label: 'value', labelTime: 'at', maturity }) : undefined,
    },
  }));
});

describe('the schema of the spec document', () => {
  test('accepts the golden document and what the library writes for the same declaration', () => {
    expect(schemaErrors(goldenDocument)).toEqual([]);
    expect(cardSpec()._toDocument()).toEqual(goldenDocument);
    expect(schemaErrors(cardSpec()._toDocument())).toEqual([]);
  });

  test.each<[string, (document: any) => void]>([
    ['another version', (document) => { document.specVersion = 2; }],
    ['an unknown key', (document) => { document.events.extra = 1; }],
    ['a missing key', (document) => { delete document.layout.slots; }],
    ['half a microsecond', (document) => { document.slot.lengthUs = 0.5; }],
    ['a decimal without digits', (document) => { delete document.events.columns[2].scale; }],
    ['digits of text', (document) => { document.events.columns[0].precision = 3; }],
    ['a pattern of numbers', (document) => { document.events.columns[2].pattern = 'x'; }],
    ['a numeric bound that is no text', (document) => { document.events.columns[2].greaterThan = 0; }],
    ['a bound in exponent form', (document) => { document.events.columns[2].greaterThan = '1e-7'; }],
    ['a count of a column', (document) => { document.featureGroups[0].features[0].column = 'amount'; }],
    ['a sum of nothing', (document) => { delete document.featureGroups[0].features[1].column; }],
    ['a count without its value for an empty window', (document) => { delete document.featureGroups[0].features[0].emptyValue; }],
    ['a mean with a value for an empty window', (document) => { document.featureGroups[0].features[3].emptyValue = '0'; }],
    ['a group without features', (document) => { document.featureGroups[0].features = []; }],
    ['a prefix without a slash at its end', (document) => { document.layout.bronze = 'bronze'; }],
  ])('refuses %s', (_, change) => {
    expect(changed(change)).not.toEqual([]);
  });

  test('accepts every document that the library writes', () => {
    fc.assert(fc.property(validSpec, (spec) => {
      expect(schemaErrors(spec._toDocument())).toEqual([]);
      expect(JSON.parse(spec._documentText())).toEqual(spec._toDocument());
    }), { numRuns: 200 });
  });
});

describe('FeatureSpec', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('event_id', 'dt', 'toString', '__proto__', 'constructor', 'key'));
  const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0));
  const anyDuration = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.integer({ min: 0 })).map((millis) => Duration.millis(millis));
  const options = fc.record({
    pattern: anyText,
    maxLength: anyNumber,
    allowedValues: fc.array(anyText),
    precision: anyNumber,
    scale: anyNumber,
    greaterThan: anyNumber,
    greaterThanOrEqualTo: anyNumber,
    lessThan: anyNumber,
    lessThanOrEqualTo: anyNumber,
  }, { requiredKeys: ['precision', 'scale'] });
  const anyColumn = fc.tuple(fc.constantFrom('string', 'integer', 'decimal', 'double', 'boolean', 'timestamp'), anyText, options)
    .map(([type, name, rules]) => (Column as any)[type](name, rules) as Column);
  const anyFeature = fc.tuple(
    fc.constantFrom('count', 'sum', 'mean', 'countDistinct', 'min', 'max', 'last'), anyText, fc.record({ of: anyText, window: anyDuration, offset: anyDuration }),
  ).map(([aggregation, name, rules]) => (Feature as any)[aggregation](name, rules) as Feature);
  const anyGroup = fc.record({
    name: anyText,
    version: anyNumber,
    entity: fc.array(anyText, { maxLength: 3 }),
    features: fc.array(anyFeature, { maxLength: 3 }),
    featureGroupName: anyText,
    table: anyText,
    timeToLive: anyDuration,
  }, { requiredKeys: ['name', 'version', 'entity', 'features'] }).map((props) => new FeatureGroupSpec(props));
  const anyDeclaration = fc.record({
    events: fc.record({
      name: anyText,
      eventId: anyText,
      eventTime: anyText.map((name) => EventTime.iso8601(name)),
      columns: fc.array(anyColumn, { maxLength: 4 }),
      table: anyText,
      allowedLateness: anyDuration,
      allowedSkew: anyDuration,
    }, { requiredKeys: ['name', 'eventId', 'eventTime', 'columns'] }).map((props) => new EventSchema(props)),
    featureGroups: fc.array(anyGroup, { maxLength: 3 }),
    slot: fc.tuple(anyDuration, anyDuration).map(([length, watermarkDelay]) => Slot.every(length, { watermarkDelay })),
    datasets: fc.record({ period: anyDuration, validationShare: anyNumber }, { requiredKeys: [] }),
    bufferInterval: anyDuration,
  });

  test('refuses whatever it refuses with its own error', () => {
    fc.assert(fc.property(anyDeclaration, (declaration) => {
      try {
        expect(schemaErrors(new FeatureSpec(declaration)._toDocument())).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(MedallionError);
      }
    }), { numRuns: 500 });
  });
});
