import fs from 'node:fs';
import { Duration, aws_logs as logs } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FeatureGroup } from '../../src/feature-store/feature-group';
import { OnlinePublisher, OnlinePublisherProps } from '../../src/feature-store/online-publisher';
import { DataLake } from '../../src/lake/data-lake';
import { cardSpec } from '../fixtures/specs';
import { emptyStack, managedStatements } from '../fixtures/stages';

const FUNCTION = 'AWS::Lambda::Function';

function template(props: Partial<OnlinePublisherProps> = {}): Template {
  const stack = emptyStack();
  const featureGroups = [FeatureGroup.fromFeatureGroupName(stack, 'Group', 'rt_card_features_v1')];
  new OnlinePublisher(stack, 'Publisher', { spec: cardSpec(), lake: new DataLake(stack, 'Lake'), featureGroups, ...props });
  return Template.fromStack(stack);
}

describe('OnlinePublisher', () => {
  const byDefault = template();
  const statements = Object.values(managedStatements(byDefault)).flat();

  afterEach(() => jest.restoreAllMocks());

  test('is an ARM64 function with everything it reads in its environment', () => {
    template({ platformName: 'cards' }).hasResourceProperties(FUNCTION, {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 300,
      Environment: {
        Variables: {
          LAKE_BUCKET: { Ref: Match.stringLikeRegexp('^LakeBucket') },
          SPEC_BUCKET: Match.anyValue(),
          SPEC_KEY: Match.stringLikeRegexp('^[0-9a-f]{64}\\.json$'),
          PLATFORM_NAME: 'cards',
          POWERTOOLS_SERVICE_NAME: 'publisher',
        },
      },
    });
  });

  test('writes to its feature groups only', () => {
    const write = statements.find(({ Sid }) => Sid === 'WriteRecords')!;
    expect(write.Action).toEqual(['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord']);
    expect(JSON.stringify(write.Resource)).toContain(':feature-group/rt_card_features_v1');
    expect(JSON.stringify(write.Resource)).not.toContain('*');
  });

  test('reads publish sets, and writes dead letters only', () => {
    const resources = (sid: string) => JSON.stringify(statements.find(({ Sid }) => Sid === sid)!.Resource);
    expect(resources('ReadParts')).toContain('"/publish/*"');
    expect(resources('KeepDeadLetters')).toContain('"/publish/*/dead-letter/*"');
  });

  test('encrypts its logs and keeps them for three months', () => {
    byDefault.hasResourceProperties('AWS::Logs::LogGroup', {
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] },
      RetentionInDays: 90,
    });
  });

  test('takes what was given', () => {
    const synthesized = template({
      timeout: Duration.minutes(10), reservedConcurrentExecutions: 8, logRetention: logs.RetentionDays.ONE_WEEK,
    });
    synthesized.hasResourceProperties(FUNCTION, { Timeout: 600, ReservedConcurrentExecutions: 8 });
    synthesized.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('fails when the publisher has not been bundled', () => {
    const exists = fs.existsSync;
    jest.spyOn(fs, 'existsSync').mockImplementation((file) => !String(file).endsWith('index.js') && exists(file));
    expect(() => template()).toThrow("got no file 'assets/publisher/bundle/index.js'");
  });
});
