import { Duration } from 'aws-cdk-lib';
import { Feature } from '../../src/spec/feature';
import { FeatureGroupSpec, FeatureGroupSpecProps } from '../../src/spec/feature-group-spec';
import { cardFeatures } from '../fixtures/specs';
import { cardTemplate } from '../fixtures/stages';

/** The feature groups of a platform by logical id, as CloudFormation compares them between two deployments. */
function groups(...featureGroups: FeatureGroupSpec[]): Record<string, any> {
  return cardTemplate({ featureGroups }).findResources('AWS::SageMaker::FeatureGroup');
}

const card = (props: Partial<FeatureGroupSpecProps> = {}) => cardFeatures({ timeToLive: Duration.days(30), ...props });
const merchants = new FeatureGroupSpec({
  name: 'merchant_features', version: 1, entity: ['merchant_id'], features: [Feature.count('merchant_txn_count_1h', { window: Duration.hours(1) })],
});

describe('the feature group of a platform that was deployed', () => {
  const deployed = groups(card());

  test('is changed in place by an added feature, in nothing but one more definition at the end', () => {
    const before = structuredClone(deployed);
    const after = groups(card({ features: [...card().features, Feature.count('txn_count_20d', { window: Duration.days(20) })] }));

    const [id] = Object.keys(before);
    before[id].Properties.FeatureDefinitions.push({ FeatureName: 'txn_count_20d', FeatureType: 'Integral' });
    expect(after).toEqual(before);
  });

  test('lives longer by default when an added feature looks further back', () => {
    const features = [...card().features, Feature.count('txn_count_20d', { window: Duration.days(20) })];
    const [before, after] = [groups(cardFeatures()), groups(cardFeatures({ features }))].map((found) => Object.values(found)[0].Properties);

    // the longest window was 7 days and is 20 now; one day more
    expect([before, after].map(({ OnlineStoreConfig }) => OnlineStoreConfig.TtlDuration.Value)).toEqual([8, 21]);
  });

  test('is not changed by an added group', () => {
    const [id] = Object.keys(deployed);

    expect(groups(card(), merchants)[id]).toEqual(deployed[id]);
  });

  test('is replaced by a new version, which is another resource of another name', () => {
    const [[id, before]] = Object.entries(deployed);
    const [[nextId, next]] = Object.entries(groups(card({ version: 2, featureGroupName: undefined })));

    expect(nextId).not.toBe(id);
    expect([before, next].map(({ Properties }) => Properties.FeatureGroupName)).toEqual(['rt_card_features_v1', 'card_features_v2']);
    expect(before.DeletionPolicy).toBe('Retain');
  });
});
