import { GOLDEN_SPEC, GOLDEN_TEXT } from './card-part';
import { PublisherInputError } from '../../assets/publisher/errors';
import { featureGroupNamed, parseSpecDocument } from '../../assets/publisher/spec-document';

describe('parseSpecDocument', () => {
  test('accepts the golden document', () => {
    const group = featureGroupNamed(parseSpecDocument(GOLDEN_TEXT), 'card_features');

    expect(group.featureGroupName).toBe('rt_card_features_v1');
    expect(group.features).toHaveLength(9);
  });

  test.each([2, '1', undefined])('fails when the version is %p, naming both versions', (specVersion) => {
    const other = JSON.stringify({ ...JSON.parse(GOLDEN_TEXT), specVersion });

    expect(() => parseSpecDocument(other)).toThrow(PublisherInputError);
    expect(() => parseSpecDocument(other)).toThrow(`specVersion: got ${JSON.stringify(specVersion)}, expected 1;`);
  });
});

describe('featureGroupNamed', () => {
  test('fails when the document does not declare the group', () => {
    expect(() => featureGroupNamed(GOLDEN_SPEC, 'other')).toThrow("featureGroup: got 'other', expected one of 'card_features'; ");
  });
});
