import { createHash } from 'node:crypto';
import { checkoutSpec } from '../fixtures/checkout-features';
import { goldenText } from '../fixtures/golden';
import { sensorSpec } from '../fixtures/sensor-features';
import { cardFeatures, cardSpec } from '../fixtures/specs';

describe('FeatureSpec', () => {
  test.each([['card', cardSpec], ['checkout', checkoutSpec], ['sensor', sensorSpec]] as const)('writes the golden document of the %s declaration, byte for byte', (name, declare) => {
    expect(declare()._documentText()).toBe(goldenText(name));
  });

  test('writes the same text for the same declaration', () => {
    expect(cardSpec()._documentText()).toBe(cardSpec()._documentText());
  });

  test('writes its document under the hash of its text', () => {
    const text = cardSpec()._documentText();
    const [, specHash] = /^{\n {2}"specHash": "([^"]+)",\n/.exec(text)!;

    expect(JSON.parse(text)).toEqual({ specHash, ...cardSpec()._toDocument() });
    expect(specHash).toBe(`sha256:${createHash('sha256').update(text.replace(specHash, '')).digest('hex')}`);
    // sed '2s/sha256:[0-9a-f]*//' test/fixtures/card-features.spec.json | sha256sum
    expect(specHash).toBe('sha256:703cb120ac7c392870233ae16c03aa80b24c70abd6a5a0941878231f785ddf29');
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
