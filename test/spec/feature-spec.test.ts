import * as cardGolden from '../fixtures/card-features.spec.json';
import { sensorSpec } from '../fixtures/sensor-features';
import * as sensorGolden from '../fixtures/sensor-features.spec.json';
import { cardFeatures, cardSpec } from '../fixtures/specs';

describe('FeatureSpec', () => {
  // python: medallion.spec.document_hash(json.load(open('....spec.json')))
  describe.each([
    ['card', cardSpec, cardGolden, 'sha256:8959ccbf5f93b916a4ce59931dcabba4b6805458c7a9ba867c9189fbff79ffe2'],
    ['sensor', sensorSpec, sensorGolden, 'sha256:c83ef212950e1867ab68907aa4ba624dc1ad4e3180baa0003f870f7aed0880f3'],
  ])('of the %s declaration', (_, declare, golden, hash) => {
    test('writes the golden document, in the same key order', () => {
      expect(JSON.stringify(declare()._toDocument())).toEqual(JSON.stringify({ ...golden, default: undefined }));
    });

    test('has the hash that the jobs report for the golden document', () => {
      expect(declare()._specHash()).toBe(hash);
    });
  });

  test('writes the same text for the same declaration', () => {
    expect(cardSpec()._documentText()).toEqual(cardSpec()._documentText());
    expect(cardSpec()._documentText()).toEqual(`${JSON.stringify(cardSpec()._toDocument(), undefined, 2)}\n`);
  });

  test('hands out documents that cannot change it', () => {
    const spec = cardSpec();
    const text = spec._documentText();

    spec._toDocument().events.columns.pop();

    expect(spec._documentText()).toEqual(text);
  });

  test('finds the document of a declared group', () => {
    const spec = cardSpec();

    expect(spec._documentOf(spec.featureGroups[0]).featureGroupName).toBe('rt_card_features_v1');
  });

  test('fails when asked for a group of another declaration', () => {
    expect(() => cardSpec()._documentOf(cardFeatures())).toThrow(
      "featureGroup: got the group 'card_features', expected one of this declaration's: 'card_features'; pass the object that was given to FeatureSpec",
    );
  });
});
