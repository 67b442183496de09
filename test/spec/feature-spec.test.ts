import * as golden from '../fixtures/card-features.spec.json';
import { cardFeatures, cardSpec } from '../fixtures/specs';

describe('FeatureSpec', () => {
  test('writes the golden document for the card declaration, in the same key order', () => {
    const document = cardSpec()._toDocument();

    expect(JSON.stringify(document)).toEqual(JSON.stringify({ ...golden, default: undefined }));
  });

  test('has the hash that the jobs report for the golden document', () => {
    // python: medallion.spec.document_hash(json.load(open('card-features.spec.json')))
    expect(cardSpec()._specHash()).toBe('sha256:0aa717c55eb63d64f163c0917ad0714a75fedd7650be9d0a4c82f52ae3e0ea3a');
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
