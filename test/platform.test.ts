import { App, RemovalPolicy, Stack, Stage, Tags, aws_kinesis as kinesis, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as featureFlags from 'aws-cdk-lib/cx-api';
import { cardEvents, cardFeatures } from './fixtures/specs';
import { cardPlatform, cardTemplate, emptyStack, managedStatements, stateMachineDefinition } from './fixtures/stages';
import { SparkJob } from '../src/compute/spark-job';

/** Actions that end in a wildcard nowhere, since each is one that the service knows. */
const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;

/** Flags by which an app says how every policy of it is written and where its assets lie, which is not the platform's to decide. */
const FOLLOWED_FLAGS = [featureFlags.IAM_MINIMIZE_POLICIES, featureFlags.NEW_STYLE_STACK_SYNTHESIS_CONTEXT];

describe('MedallionFeaturePlatform', () => {
  const platform = cardPlatform(emptyStack());
  const template = Template.fromStack(Stack.of(platform));
  const chosen = cardTemplate({ platformName: 'cards', removalPolicy: RemovalPolicy.DESTROY });

  test('creates every stage of the flow', () => {
    for (const [type, count] of Object.entries({
      'AWS::Kinesis::Stream': 1,
      'AWS::KinesisFirehose::DeliveryStream': 1,
      'AWS::Glue::Database': 1,
      'AWS::EMRServerless::Application': 2,
      'AWS::SageMaker::FeatureGroup': 1,
      'AWS::Lambda::Function': 2,
      'AWS::StepFunctions::StateMachine': 1,
      'AWS::Scheduler::Schedule': 2,
      'AWS::CloudWatch::Dashboard': 1,
      'AWS::SNS::Topic': 1,
    })) template.resourceCountIs(type, count);
  });

  test('audits nothing, and has nothing for it, where the sample is 0', () => {
    const stack = emptyStack();
    expect(cardPlatform(stack, { auditSample: 0 }).auditor).toBeUndefined();
    const unaudited = Template.fromStack(stack);
    unaudited.resourceCountIs('AWS::Lambda::Function', 1);
    const { States } = stateMachineDefinition(unaudited);
    expect(States.PutDatasetMetrics.Next).toBe('DailyDone');
    expect(States.BuildDatasets.Arguments.JobDriver.SparkSubmit.EntryPointArguments).not.toContain('--audit-sample');
    expect(JSON.stringify(unaudited)).not.toContain('Audit');
  });

  test('runs backfills where it runs slots, and datasets apart from them', () => {
    const { streamRuntime, datasetRuntime, node } = platform;
    const runtimes = ['StreamJob', 'BackfillJob', 'DatasetJob'].map((id) => (node.findChild(id) as SparkJob).runtime);
    expect(runtimes).toEqual([streamRuntime, streamRuntime, datasetRuntime]);
  });

  test('says where everything is in outputs whose keys end in what they are', () => {
    const outputs = Object.keys(template.findOutputs('*'));
    for (const name of [
      'LakeBucketName', 'StreamName', 'StateMachineArn', 'DatabaseName', 'TopicArn', 'DashboardName', 'FeatureGroupNames',
      'ScheduleGroupName', 'PublisherFunctionName', 'PlatformName',
    ]) {
      expect(outputs.filter((key) => key.endsWith(name))).toHaveLength(1);
    }
  });

  test('gives every role one or more managed policies and no inline one', () => {
    template.resourceCountIs('AWS::IAM::Policy', 0);
    template.allResourcesProperties('AWS::IAM::Role', { Policies: Match.absent() });
  });

  test('names every action that it allows', () => {
    const actions = Object.values(managedStatements(template)).flat().flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !ACTION.test(action))).toEqual([]);
  });

  test('allows everything only where a service knows no resources', () => {
    const statements = Object.values(managedStatements(template)).flat().filter(({ Resource }) => Resource === '*');
    expect([...new Set(statements.map(({ Sid }) => Sid))].sort()).toEqual(['DeliverLogs', 'PutMetrics', 'Trace']);
  });

  test('keeps a service from assuming its roles for another account', () => {
    const roles = Object.values(template.findResources('AWS::IAM::Role')).map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0]);
    const unconditional = roles.filter(({ Condition }) => Condition?.StringEquals?.['aws:SourceAccount'] === undefined);
    // Lambda does not say for whom it assumes the role of a function.
    expect(unconditional.map(({ Principal }) => Principal.Service)).toEqual(['lambda.amazonaws.com', 'lambda.amazonaws.com']);
  });

  test('creates one feature group after the other', () => {
    const featureGroups = ['a', 'b', 'c'].map((name) => cardFeatures({ name, featureGroupName: undefined, table: undefined }));
    const groups = Object.entries(cardTemplate({ featureGroups }).findResources('AWS::SageMaker::FeatureGroup'));
    const [a, b, c] = groups.map(([id]) => id);
    expect(groups[1][1].DependsOn).toContain(a);
    expect(groups[2][1].DependsOn).toContain(b);
    expect(groups[0][1].DependsOn).not.toContain(c);
  });

  test('lets the tags of an app reach roles, but no feature group', () => {
    const app = new App();
    const stack = new Stack(app, 'S');
    cardPlatform(stack);
    Tags.of(app).add('team', 'fraud');
    const tagged = Template.fromStack(stack);
    tagged.hasResourceProperties('AWS::KMS::Key', { Tags: [{ Key: 'team', Value: 'fraud' }] });
    tagged.allResourcesProperties('AWS::SageMaker::FeatureGroup', { Tags: Match.absent() });
  });

  test('stands twice in one stack, with metrics of its own', () => {
    const stack = emptyStack();
    const first = cardPlatform(stack, {}, 'First');
    const second = cardPlatform(stack, { featureGroups: [cardFeatures({ featureGroupName: 'other_v1' })] }, 'Second');
    expect(first.platformName).not.toBe(second.platformName);
    Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 2);
  });

  test('stands in two stages of one app', () => {
    const app = new App();
    const platforms = ['Test', 'Live'].map((name) => cardPlatform(new Stack(new Stage(app, name), 'S')));
    const [first, second] = platforms.map((staged) => Template.fromStack(Stack.of(staged)).toJSON().Resources);
    expect(Object.keys(first)).toEqual(Object.keys(template.toJSON().Resources));
    expect(Object.keys(second)).toEqual(Object.keys(first));
    expect(new Set(platforms.map(({ platformName }) => platformName)).size).toBe(2);
  });

  test('is the same text each time', () => {
    expect(JSON.stringify(cardTemplate().toJSON())).toBe(JSON.stringify(template.toJSON()));
  });

  test('is named in lower case, after its path', () => {
    expect(platform.platformName).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(platform.platformName).toContain('platform');
  });

  test('knows no account, Region or partition', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws[a-z-]*:|\b\d{12}\b|[a-z]{2}-[a-z]+-\d/);
  });

  test.each([['us-east-1', 'aws'], ['cn-north-1', 'aws-cn'], ['us-gov-west-1', 'aws-us-gov']])('names %s resources by the partition %s', (region, partition) => {
    const app = new App({ context: { [featureFlags.ENABLE_PARTITION_LITERALS]: true } });
    const stack = new Stack(app, 'S', { env: { account: '123456789012', region } });
    cardPlatform(stack);
    const arns = JSON.stringify(Template.fromStack(stack).toJSON()).match(/arn:[^:"]*:/g);
    expect([...new Set(arns)]).toEqual([`arn:${partition}:`]);
  });

  test('is the same whichever feature flags of the CDK are set', () => {
    const names = Object.values(featureFlags).filter((value) => typeof value === 'string' && value.startsWith('@aws-cdk/')) as string[];
    const flags = names.filter((name) => ![...FOLLOWED_FLAGS, ...featureFlags.CURRENT_VERSION_EXPIRED_FLAGS].includes(name));
    expect(flags.length).toBeGreaterThan(50);
    for (const value of [true, false]) {
      const stack = emptyStack(Object.fromEntries(flags.map((flag) => [flag, value])));
      cardPlatform(stack);
      expect(Template.fromStack(stack).toJSON()).toEqual(template.toJSON());
    }
  });

  test('uses the bucket, key and stream that exist already', () => {
    const stack = emptyStack();
    const key = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: key });
    const stream = new kinesis.Stream(stack, 'Stream', { encryptionKey: key });
    const { lake, ingest } = cardPlatform(stack, { bucket, stream });
    const synthesized = Template.fromStack(stack);
    synthesized.resourceCountIs('AWS::KMS::Key', 1);
    synthesized.resourceCountIs('AWS::S3::Bucket', 1);
    synthesized.resourceCountIs('AWS::Kinesis::Stream', 1);
    expect([lake.bucket, ingest.stream]).toEqual([bucket, stream]);
  });

  test('is named as it was told, in every metric', () => {
    chosen.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'FeatureAge', Dimensions: [{ Name: 'Platform', Value: 'cards' }] });
    chosen.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ PLATFORM_NAME: 'cards' }) } });
  });

  test('hands its removal policy to everything that keeps data', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::Kinesis::Stream', 'AWS::KMS::Key', 'AWS::SageMaker::FeatureGroup']) {
      chosen.allResources(type, { DeletionPolicy: 'Delete' });
      template.allResources(type, { DeletionPolicy: 'Retain' });
    }
  });

  test('fails when its declaration is not in the lock file that it was given', () => {
    expect(() => cardPlatform(emptyStack(), { lockFile: 'test/fixtures/absent.lock.json' })).toThrow(
      expect.objectContaining({ code: 'SpecLockOutdated', message: expect.stringContaining('absent.lock.json') }),
    );
  });

  test('fails with every problem of the declaration in one message', () => {
    const declaration = { events: cardEvents({ name: '' }), featureGroups: [] };
    expect(() => cardPlatform(emptyStack(), declaration)).toThrow(/got [^]*\n[^]*got /);
  });
});
