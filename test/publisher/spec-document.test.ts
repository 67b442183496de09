import { GOLDEN_SPEC, GOLDEN_TEXT } from './card-part';
import { PublisherInputError } from '../../assets/publisher/errors';
import { featureGroupNamed, parseSpecDocument } from '../../assets/publisher/spec-document';

/** The message that a text is refused with, by an error that no repetition mends. */
function refusalOf(text: string): string {
  try {
    parseSpecDocument(text);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(PublisherInputError);
    return (error as Error).message;
  }
}

/** The golden document with one key changed, and the hash that it had. */
function goldenWith(changes: object): string {
  return `${JSON.stringify({ ...JSON.parse(GOLDEN_TEXT), ...changes }, undefined, 2)}\n`;
}

describe('parseSpecDocument', () => {
  test('accepts the golden document', () => {
    const group = featureGroupNamed(parseSpecDocument(GOLDEN_TEXT), 'card_features');

    expect(group.featureGroupName).toBe('rt_card_features_v1');
    expect(group.features).toHaveLength(9);
  });

  test.each([[2, '2'], ['1', '"1"'], [undefined, 'undefined']])('fails when the version is %p, naming both versions and nothing else', (specVersion, got) => {
    expect(refusalOf(goldenWith({ specVersion }))).toBe(
      `specVersion: got ${got}, expected 1; deploy publisher and spec document from the same package version`,
    );
  });

  test.each([
    ['in one value', GOLDEN_TEXT.replace('"entity": [\n        "card_id"', '"entity": [\n        "merchant_id"')],
    ['in its spaces alone', JSON.stringify(JSON.parse(GOLDEN_TEXT))],
    ['by a byte at its end', `${GOLDEN_TEXT}\n`],
  ])('fails when the text was changed %s', (_, changed) => {
    expect(refusalOf(changed)).toMatch(
      /^specHash: got "sha256:703cb120[0-9a-f]{56}", expected "sha256:(?!703cb120)[0-9a-f]{64}"; deploy the document as the library writes it$/,
    );
  });

  test('fails when there is no hash, or that of another document', () => {
    const zeros = `sha256:${'0'.repeat(64)}`;

    expect(refusalOf(goldenWith({ specHash: undefined }))).toMatch(/^specHash: got undefined, expected "sha256:/);
    expect(refusalOf(goldenWith({ specHash: zeros }))).toMatch(new RegExp(`^specHash: got "${zeros}", expected "sha256:703cb120`));
  });

  test.each(['', 'specVersion: 1', GOLDEN_TEXT.slice(0, -10)])('fails when the text is no JSON: %j', (text) => {
    expect(refusalOf(text)).toMatch(/^specDocument: got text that is not JSON, expected a spec document; /);
  });

  test.each(['null', '[]', '7'])('fails when the text is %s', (text) => {
    expect(refusalOf(text)).toMatch(/^specVersion: got undefined, expected 1; /);
  });
});

describe('featureGroupNamed', () => {
  test('fails when the document does not declare the group', () => {
    expect(() => featureGroupNamed(GOLDEN_SPEC, 'other')).toThrow("featureGroup: got 'other', expected one of 'card_features'; ");
  });
});
