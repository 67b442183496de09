import { Duration, Size, aws_ec2 as ec2 } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EmrRelease } from '../../src/compute/emr-release';
import { SparkRuntime, SparkRuntimeProps } from '../../src/compute/spark-runtime';
import { DataLake } from '../../src/lake/data-lake';
import { emptyStack } from '../fixtures/stages';

const APPLICATION = 'AWS::EMRServerless::Application';

function template(props: Partial<SparkRuntimeProps> = {}): Template {
  const stack = emptyStack();
  new SparkRuntime(stack, 'Runtime', { lake: new DataLake(stack, 'Lake'), ...props });
  return Template.fromStack(stack);
}

describe('SparkRuntime', () => {
  const byDefault = template();

  test('is a Spark application on ARM64 without workers that wait', () => {
    byDefault.hasResourceProperties(APPLICATION, {
      Type: 'SPARK',
      Architecture: 'ARM64',
      ReleaseLabel: 'emr-7.14.0',
      InitialCapacity: Match.absent(),
      AutoStopConfiguration: { Enabled: true, IdleTimeoutMinutes: 15 },
      MaximumCapacity: { Cpu: '16 vCPU', Memory: '64 GB' },
    });
  });

  test('runs one run at a time and queues the next', () => {
    byDefault.hasResourceProperties(APPLICATION, { SchedulerConfiguration: { MaxConcurrentRuns: 1, QueueTimeoutMinutes: 15 } });
  });

  test('keeps logs in the lake, under its key', () => {
    byDefault.hasResourceProperties(APPLICATION, {
      MonitoringConfiguration: {
        S3MonitoringConfiguration: {
          LogUri: { 'Fn::Join': ['', ['s3://', { Ref: Match.stringLikeRegexp('^LakeBucket') }, '/logs/emr-serverless/']] },
          EncryptionKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] },
        },
        ManagedPersistenceMonitoringConfiguration: {
          Enabled: true,
          EncryptionKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LakeKey'), 'Arn'] },
        },
      },
    });
  });

  test('lets only applications of the account use the key for logs', () => {
    byDefault.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({
          Sid: 'EmrServerlessLogs',
          Principal: { Service: 'emr-serverless.amazonaws.com' },
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: Match.anyValue() },
        })]),
      },
    });
  });

  test('is in no network by default', () => {
    byDefault.hasResourceProperties(APPLICATION, { NetworkConfiguration: Match.absent() });
  });

  test('takes what was given', () => {
    template({
      release: EmrRelease.of('emr-7.13.0'),
      maxConcurrentRuns: 3,
      queueTimeout: Duration.hours(1),
      maximumVcpu: 32,
      maximumMemory: Size.gibibytes(200),
      idleTimeout: Duration.minutes(5),
    }).hasResourceProperties(APPLICATION, {
      ReleaseLabel: 'emr-7.13.0',
      AutoStopConfiguration: { IdleTimeoutMinutes: 5 },
      MaximumCapacity: { Cpu: '32 vCPU', Memory: '200 GB' },
      SchedulerConfiguration: { MaxConcurrentRuns: 3, QueueTimeoutMinutes: 60 },
    });
  });

  test('is placed in the private subnets of a network, with a group that lets nobody in', () => {
    const stack = emptyStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    new SparkRuntime(stack, 'Runtime', { lake: new DataLake(stack, 'Lake'), network: { vpc } });
    const synthesized = Template.fromStack(stack);
    synthesized.hasResourceProperties(APPLICATION, {
      NetworkConfiguration: {
        SubnetIds: [1, 2].map((index) => ({ Ref: Match.stringLikeRegexp(`^VpcPrivateSubnet${index}`) })),
        SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^RuntimeSecurityGroup'), 'GroupId'] }],
      },
    });
    synthesized.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  });

  test('uses the given security groups and creates none', () => {
    const stack = emptyStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
    new SparkRuntime(stack, 'Runtime', { lake: new DataLake(stack, 'Lake'), network: { vpc, securityGroups: [group] } });
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('fails with every invalid property in one message', () => {
    expect(() => template({ maxConcurrentRuns: 0, queueTimeout: Duration.minutes(14), maximumVcpu: 1 })).toThrow([
      'S/Runtime.maxConcurrentRuns: got 0, expected a whole number from 1 to 1000; use 1 for stream runs',
      'S/Runtime.queueTimeout: got 14 minutes, expected whole minutes from 15 to 720; use Duration.minutes(15)',
      'S/Runtime.maximumVcpu: got 1, expected a whole number of at least 2; leave room for a driver and an executor',
    ].join('\n'));
  });

  test('measures runs by both dimensions that the service reports', () => {
    const stack = emptyStack();
    const runtime = new SparkRuntime(stack, 'Runtime', { lake: new DataLake(stack, 'Lake') });
    const { metricName, dimensions } = runtime.metricFailedRuns();
    expect([metricName, Object.keys(dimensions ?? {})]).toEqual(['FailedJobs', ['ApplicationId', 'ApplicationName']]);
    expect(runtime.metricSucceededRuns().metricName).toBe('SuccessJobs');
  });
});
