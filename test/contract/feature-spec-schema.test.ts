import Ajv2020 from 'ajv/dist/2020';
import * as fc from 'fast-check';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { MedallionError } from '../../src/private/errors';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { RESERVED_COLUMNS } from '../../src/spec/private/reserved-names';
import { anyDeclaration } from '../fixtures/any-declarations';
import { goldenText } from '../fixtures/golden';
import { validSpec } from '../fixtures/valid-specs';

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

/** What the schema says against a document; nothing if it is valid. */
function schemaErrors(document: unknown): string[] {
  return validate(document) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const cardDocument = JSON.parse(goldenText('card'));
const checkoutDocument = JSON.parse(goldenText('checkout'));
const sensorDocument = JSON.parse(goldenText('sensor'));

/** What the schema says against a changed copy of a document. */
function changed(document: any, change: (copy: any) => void): string[] {
  const copy = structuredClone(document);
  change(copy);
  return schemaErrors(copy);
}

/** The place of a feature in the sensor document. */
const sensorFeature = (document: any, name: string) => document.featureGroups[0].features.find((candidate: any) => candidate.name === name);

describe('the schema of the spec document', () => {
  test.each([['card', cardDocument], ['checkout', checkoutDocument], ['sensor', sensorDocument]])('accepts the golden %s document', (_, document) => {
    expect(schemaErrors(document)).toEqual([]);
  });

  test('reserves the names that the library reserves', () => {
    expect(schema.$defs.columnName.not.enum).toEqual(RESERVED_COLUMNS);
  });

  test.each<[string, (document: any) => void]>([
    ['another version', (document) => { document.specVersion = 2; }],
    ['a document without its hash', (document) => { delete document.specHash; }],
    ['a hash of another kind', (document) => { document.specHash = `md5:${'0'.repeat(32)}`; }],
    ['an unknown format of the event time', (document) => { document.events.eventTime.format = 'unix_minutes'; }],
    ['a column with a name of the tables', (document) => { document.events.columns[4].name = 'source_line'; }],
    ['a decimal of 19 digits', (document) => { document.events.columns[2].precision = 19; }],
    ['a feature with a name of the tables', (document) => { document.featureGroups[0].features[0].name = 'event_time'; }],
    ['a window that knows no end', (document) => { document.featureGroups[0].features[0].window.closed = 'open'; }],
    ['a window of no length', (document) => { document.featureGroups[0].features[0].window.lengthUs = 0; }],
    ['an offset into the future', (document) => { document.featureGroups[0].features[0].window.offsetUs = -1; }],
    ['a count that is a double', (document) => { document.featureGroups[0].features[0].result = { type: 'double' }; }],
    ['a sum that is text', (document) => { document.featureGroups[0].features[1].result = { type: 'string' }; }],
    ['a sum of decimals with the digits of a column', (document) => { document.featureGroups[0].features[1].result.precision = 12; }],
    ['a distinct count that is a decimal', (document) => { document.featureGroups[0].features[2].result = { type: 'decimal', precision: 12, scale: 2 }; }],
    ['a mean that is an integer', (document) => { document.featureGroups[0].features[3].result = { type: 'integer' }; }],
    ['a last value of 19 digits', (document) => { document.featureGroups[0].features[5].result.precision = 19; }],
    ['a key of one column under the name of a composite one', (document) => { document.featureGroups[0].recordIdentifier = 'entity_key'; }],
    ['a share that leaves nothing to train on', (document) => { document.datasets.validationShare = 1; }],
    ['a share of nothing', (document) => { document.datasets.validationShare = 0; }],
    ['an unknown key', (document) => { document.events.extra = 1; }],
    ['a missing key', (document) => { delete document.layout.slots; }],
    ['half a microsecond', (document) => { document.slot.lengthUs = 0.5; }],
    ['a decimal without digits', (document) => { delete document.events.columns[2].scale; }],
    ['a rounding that is the default', (document) => { document.events.columns[2].rounding = 'refuse'; }],
    ['a rounding of text', (document) => { document.events.columns[0].rounding = 'half_even'; }],
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
    expect(changed(cardDocument, change)).not.toEqual([]);
  });

  test.each<[string, (events: any) => void]>([
    ['sources that name no place', ({ columns }) => { columns[0].sources = []; }],
    ['a source without a step', ({ columns }) => { columns[0].sources[0] = []; }],
    ['a source that begins with an index', ({ columns }) => { columns[0].sources[0] = [0, 'id']; }],
    ['a source with an empty key', ({ columns }) => { columns[0].sources[0] = ['payment', '']; }],
    ['a source with a negative index', ({ columns }) => { columns[2].sources[0][1] = -1; }],
    ['a source with half an index', ({ columns }) => { columns[2].sources[0][1] = 0.5; }],
    ['a source that is text', ({ columns }) => { columns[0].sources[0] = '$.payment.card.id'; }],
    ['one source twice', ({ columns }) => { columns[0].sources[1] = columns[0].sources[0]; }],
    ['an id without a first source', (events) => { events.eventId = ''; }],
    ['a time without a first source', (events) => { events.eventTime.column = ''; }],
    ['a source of the id that is text', (events) => { events.eventIdSources = ['id']; }],
    ['a source of the time that is text', (events) => { events.eventTime.sources = ['time']; }],
  ])('refuses %s', (_, change) => {
    expect(changed(checkoutDocument, ({ events }) => change(events))).not.toEqual([]);
  });

  test.each<[string, string, (feature: any) => void]>([
    ['a time since the last event that is an integer', 'seconds_since_alarm', (found) => { found.result = { type: 'integer' }; }],
    ['a smallest value that is text', 'temperature_min_90m', (found) => { found.result = { type: 'string' }; }],
    ['a newest instant that is a boolean', 'newest_calibration', (found) => { found.result = { type: 'boolean' }; }],
    ['a comparison by order with text', 'overload_count_3d', (found) => { found.where.predicates[0].value = 'hot'; }],
    ['a comparison with an instant of another zone', 'uncalibrated_count_3d', (found) => {
      found.where.predicates[1].value = '2025-06-30T23:59:59+02:00';
    }],
    ['an aggregation that is derived as well', 'alarm_count_1d', (found) => { found.derivation = 'ratio'; }],
    ['an unknown aggregation', 'alarm_count_1d', (found) => { found.aggregation = 'median'; }],
    ['a time since the last event of a column', 'seconds_since_alarm', (found) => { found.column = 'status'; }],
    ['a time since the last event with a value for an empty window', 'seconds_since_alarm', (found) => { found.emptyValue = '0'; }],
    ['a standard deviation of nothing', 'temperature_stddev_3d', (found) => { delete found.column; }],
    ['an unknown derivation', 'fault_share_450s', (found) => { found.derivation = 'product'; }],
    ['a ratio with a window', 'fault_share_450s', (found) => { found.window = { lengthUs: 1, offsetUs: 0, closed: 'left' }; }],
    ['a ratio with a value for an empty window', 'fault_share_450s', (found) => { found.emptyValue = '0'; }],
    ['a ratio of one operand', 'fault_share_450s', (found) => { found.operands.pop(); }],
    ['a ratio of a feature and itself', 'fault_share_450s', (found) => { found.operands[1] = found.operands[0]; }],
    ['a ratio that is an integer', 'fault_share_450s', (found) => { found.result = { type: 'integer' }; }],
    ['a difference that is text', 'alarm_count_change_1d', (found) => { found.result = { type: 'string' }; }],
    ['a difference of decimals with few digits', 'temperature_range_90m', (found) => { found.result.precision = 6; }],
    ['a z-score of two operands', 'temperature_z_score', (found) => { found.operands.pop(); }],
    ['an unknown comparison', 'alarm_count_1d', (found) => { found.where.comparison = 'like'; }],
    ['a comparison with nothing', 'alarm_count_1d', (found) => { delete found.where.value; }],
    ['a comparison with a number that is no text', 'alarm_count_1d', (found) => { found.where.value = 1; }],
    ['a comparison with a list', 'alarm_count_1d', (found) => { found.where = { comparison: 'equalTo', column: 'is_alarm', values: [true] }; }],
    ['a comparison by order with a boolean', 'overload_count_3d', (found) => { found.where.predicates[0].value = true; }],
    ['a test of presence with a value', 'metered_count_90m', (found) => { found.where.value = '1'; }],
    ['an empty list of values', 'error_code_count_3d', (found) => { found.where.predicates[0].values = []; }],
    ['a list with one value twice', 'error_code_count_3d', (found) => { found.where.predicates[0].values = ['0', '0']; }],
    ['a negation of two predicates', 'error_code_count_3d', (found) => { found.where.predicates.push(found.where.predicates[0]); }],
    ['a combination of nothing', 'overload_count_3d', (found) => { found.where.predicates = []; }],
    ['an unknown combination', 'overload_count_3d', (found) => { found.where.combination = 'noneOf'; }],
    ['a mistake deep in a predicate', 'overload_count_3d', (found) => { found.where.predicates[1].predicates[0].extra = 1; }],
  ])('refuses %s', (_, name, change) => {
    expect(changed(sensorDocument, (document) => change(sensorFeature(document, name)))).not.toEqual([]);
  });

  test.each<[string, (document: any) => void]>([
    ['a composite key that is named like one of its columns', (document) => { document.featureGroups[0].recordIdentifier = 'site'; }],
    ['a group that aggregates nothing', ({ featureGroups: [group] }) => {
      group.features = group.features.filter(({ derivation }: any) => derivation);
    }],
    ['labels of an unknown format', (document) => { document.datasets.labels.format = 'xlsx'; }],
    ['labels of a type that no label has', (document) => { document.datasets.labels.labelType = 'timestamp'; }],
    ['a label time in an unknown format', (document) => { document.datasets.labels.labelTimeFormat = 'unix_hours'; }],
    ['labels without a declared type', (document) => { delete document.datasets.labels.labelType; }],
    ['labels in a folder without a slash at its end', (document) => { document.datasets.labels.prefix = 'labels/failures'; }],
  ])('refuses %s', (_, change) => {
    expect(changed(sensorDocument, change)).not.toEqual([]);
  });

  test('accepts every document that the library writes', () => {
    fc.assert(fc.property(validSpec, (spec) => {
      expect(schemaErrors(JSON.parse(spec._documentText()))).toEqual([]);
    }), { numRuns: 200 });
  });
});

describe('FeatureSpec', () => {
  test('refuses in its own words whatever it does not write as the schema says', () => {
    fc.assert(fc.property(anyDeclaration, (declaration) => {
      let text: string | undefined;
      try {
        text = new FeatureSpec(declaration)._documentText();
      } catch (error) {
        expect(error).toBeInstanceOf(MedallionError);
      }
      if (text !== undefined) expect(schemaErrors(JSON.parse(text))).toEqual([]);
    }), { numRuns: 500 });
  });
});
