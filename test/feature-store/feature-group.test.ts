import { App, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FeatureGroup, FeatureGroupProps } from '../../src/feature-store/feature-group';
import { DataLake } from '../../src/lake/data-lake';
import { FeatureGroupSpecProps } from '../../src/spec/feature-group-spec';
import { cardFeatures, cardSpec } from '../fixtures/specs';
import { emptyStack, managedStatements } from '../fixtures/stages';

const GROUP = 'AWS::SageMaker::FeatureGroup';

function group(spec: Partial<FeatureGroupSpecProps> = {}, props: Partial<FeatureGroupProps> = {}, stack: Stack = emptyStack()): Stack {
  const declared = cardFeatures(spec);
  new FeatureGroup(stack, 'Group', {
    spec: declared,
    featureSpec: cardSpec({ featureGroups: [declared] }),
    lake: new DataLake(stack, 'Lake'),
    ...props,
  });
  return stack;
}

describe('FeatureGroup', () => {
  const template = Template.fromStack(group());

  test('is named, keyed and timed as the declaration says', () => {
    template.hasResourceProperties(GROUP, {
      FeatureGroupName: 'rt_card_features_v1',
      RecordIdentifierFeatureName: 'card_id',
      EventTimeFeatureName: 'event_time',
    });
  });

  test('defines features in declared order, after the identifier and the event time', () => {
    const [resource] = Object.values(template.findResources(GROUP));
    const definitions: { FeatureName: string; FeatureType: string }[] = resource.Properties.FeatureDefinitions;
    expect(definitions.map(({ FeatureName, FeatureType }) => `${FeatureName} ${FeatureType}`)).toEqual([
      'card_id String', 'event_time String',
      'txn_count_1h Integral', 'txn_amount_1h Fractional', 'merchant_count_24h Integral', 'avg_amount_7d Fractional',
      'last_merchant_id String', 'last_amount Fractional', 'last_currency String', 'last_country String', 'last_pos_mode String',
    ]);
  });

  test('gives a composite entity an identifier of its own, and keeps its columns as features', () => {
    Template.fromStack(group({ entity: ['card_id', 'merchant_id'] })).hasResourceProperties(GROUP, {
      RecordIdentifierFeatureName: 'entity_key',
      FeatureDefinitions: Match.arrayWith([
        { FeatureName: 'entity_key', FeatureType: 'String' },
        { FeatureName: 'event_time', FeatureType: 'String' },
        { FeatureName: 'card_id', FeatureType: 'String' },
        { FeatureName: 'merchant_id', FeatureType: 'String' },
      ]),
    });
  });

  test('writes store settings as the service spells them, under the key of the lake', () => {
    const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] };
    template.hasResourceProperties(GROUP, {
      OnlineStoreConfig: {
        EnableOnlineStore: true,
        StorageType: 'Standard',
        SecurityConfig: { KmsKeyId: key },
        // the longest window is 7 days; one day more
        TtlDuration: { Unit: 'Days', Value: 8 },
      },
      OfflineStoreConfig: {
        S3StorageConfig: {
          S3Uri: { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('^LakeBucket') }, '/offline-store/rt_card_features_v1']] },
          KmsKeyId: key,
        },
        TableFormat: 'Iceberg',
        DisableGlueTableCreation: false,
      },
    });
  });

  test('lets no tag and no description reach the group, since a change of either empties it', () => {
    const app = new App();
    const stack = group({}, {}, new Stack(app, 'S', { tags: { team: 'fraud' } }));
    Tags.of(app).add('cost-center', '42');
    Tags.of(stack).add('owner', 'risk', { priority: 1000 });
    const tagged = Template.fromStack(stack);
    tagged.hasResourceProperties(GROUP, { Tags: Match.absent(), Description: Match.absent() });
    tagged.hasResourceProperties('AWS::IAM::Role', { Tags: Match.anyValue() });
  });

  test('is kept when it is removed from the stack, unless told otherwise', () => {
    template.hasResource(GROUP, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    Template.fromStack(group({}, { removalPolicy: RemovalPolicy.DESTROY })).hasResource(GROUP, { DeletionPolicy: 'Delete' });
  });

  test('is created after the policy, the bucket and the key that it needs', () => {
    template.hasResource(GROUP, {
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('^GroupPolicy'), Match.stringLikeRegexp('^LakeBucketPolicy'), Match.stringLikeRegexp('^LakeKey'),
      ]),
    });
  });

  test('writes its own offline store only', () => {
    const statements = Object.values(managedStatements(template)).flat();
    const write = statements.find(({ Sid }) => Sid === 'WriteOfflineStore')!;
    expect(write.Action).toEqual(['s3:GetObject', 's3:PutObject', 's3:PutObjectAcl']);
    expect(JSON.stringify(write.Resource)).toContain('/offline-store/rt_card_features_v1/*');
  });

  test('fails when the group is not part of the declaration', () => {
    const stack = emptyStack();
    const props = { spec: cardFeatures(), featureSpec: cardSpec(), lake: new DataLake(stack, 'Lake') };
    expect(() => new FeatureGroup(stack, 'Group', props)).toThrow("featureGroup: got the group 'card_features'");
  });

  test('can be imported by its name, whose ARN is in lower case', () => {
    const stack = emptyStack();
    const imported = FeatureGroup.fromFeatureGroupName(stack, 'Imported', 'Other_V2');
    expect(imported.featureGroupName).toBe('Other_V2');
    expect(JSON.stringify(stack.resolve(imported.featureGroupArn))).toContain(':feature-group/other_v2');
  });
});
