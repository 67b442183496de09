import Ajv2020 from 'ajv/dist/2020';
import * as fc from 'fast-check';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { MedallionError } from '../../src/private/errors';
import { FeatureSpec } from '../../src/spec/feature-spec';
import { anyDeclaration } from '../fixtures/any-declarations';
import * as cardGolden from '../fixtures/card-features.spec.json';
import { sensorSpec } from '../fixtures/sensor-features';
import * as sensorGolden from '../fixtures/sensor-features.spec.json';
import { cardSpec } from '../fixtures/specs';
import { validSpec } from '../fixtures/valid-specs';

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

/** What the schema says against a document; none if it is valid. */
function schemaErrors(document: unknown): string[] {
  return validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const withoutDefault = ({ default: _, ...document }: any) => document;
const cardDocument = withoutDefault(cardGolden);
const sensorDocument = withoutDefault(sensorGolden);

/** What the schema says against a changed copy of a document. */
function changed(document: any, change: (copy: any) => void): string[] {
  const copy = structuredClone(document);
  change(copy);
  return schemaErrors(copy);
}

/** The place of a feature in the sensor document. */
const sensorFeature = (document: any, name: string) => document.featureGroups[0].features.find((candidate: any) => candidate.name === name);

describe('the schema of the spec document', () => {
  test.each([['card', cardDocument, cardSpec], ['sensor', sensorDocument, sensorSpec]])(
    'accepts the golden %s document and what the library writes for the same declaration', (_, document, declare) => {
      expect(schemaErrors(document)).toEqual([]);
      expect(declare()._toDocument()).toEqual(document);
      expect(schemaErrors(declare()._toDocument())).toEqual([]);
    },
  );

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
    expect(changed(cardDocument, change)).not.toEqual([]);
  });

  test.each<[string, string, (feature: any) => void]>([
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

  test('accepts every document that the library writes', () => {
    fc.assert(fc.property(validSpec, (spec) => {
      expect(schemaErrors(spec._toDocument())).toEqual([]);
      expect(JSON.parse(spec._documentText())).toEqual(spec._toDocument());
    }), { numRuns: 200 });
  });
});

describe('FeatureSpec', () => {
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
