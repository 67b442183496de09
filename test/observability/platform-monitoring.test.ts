import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, aws_sns_subscriptions as subscriptions } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { LabelSource } from '../../src/spec/label-source';
import { Slot } from '../../src/spec/slot';
import { cardTemplate } from '../fixtures/stages';

const ALARM = 'AWS::CloudWatch::Alarm';
const RUNBOOKS = path.join(__dirname, '..', '..', 'docs', 'runbooks');

describe('PlatformMonitoring', () => {
  const template = cardTemplate();
  const chosen = cardTemplate({
    slot: Slot.every(Duration.hours(1)),
    scheduleEnabled: false,
    alarmEmails: ['fraud@example.com'],
    alarmSubscriptions: [new subscriptions.UrlSubscription('https://pager.example.com/hook')],
    alarms: { staleAfterSlots: 2, behindAfterSlots: 2, runbookUrl: 'https://wiki.example.com/cards' },
  });
  const alarms = Object.entries(template.findResources(ALARM)).map(([id, { Properties }]) => [id, Properties] as const);

  test('watches every way in which the platform can fail', () => {
    const names = alarms.map(([id]) => id.replace(/^PlatformMonitoring|[0-9A-F]{8}$/g, '')).sort();
    expect(names).toEqual([
      'AuditDifferences', 'ConservationMismatch', 'DeadLetters', 'DeliveryFailing', 'DeliveryLate', 'FeatureOverflows', 'FeaturesStale', 'PublishMismatch',
      'PublisherErrors', 'PublisherThrottled', 'RunAborted', 'RunFailed', 'RunTimedOut', 'StartFailed', 'StreamFallingBehind',
    ]);
  });

  test.each(alarms)('%s has dimensions, a missing-data policy, a message to the topic and a runbook that exists', (_, alarm) => {
    expect(alarm.Dimensions.length).toBeGreaterThan(0);
    expect(['breaching', 'notBreaching']).toContain(alarm.TreatMissingData);
    expect(alarm.AlarmActions).toEqual([{ Ref: expect.stringMatching(/Topic/) }]);
    const runbook = /Runbook: \S+\/([a-z-]+\.md)$/.exec(alarm.AlarmDescription)?.[1];
    expect(fs.existsSync(path.join(RUNBOOKS, runbook!))).toBe(true);
  });

  test('watches labels where they are declared: that some are used, and that every file can be read', () => {
    const labels = LabelSource.csv({ eventId: 'id', label: 'fraud', labelTime: 'at' });
    const labelled = cardTemplate({ datasets: { labels } });

    labelled.hasResourceProperties(ALARM, {
      MetricName: 'LabelsUsed',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp('/labels-unused\\.md$'),
    });
    labelled.hasResourceProperties(ALARM, {
      MetricName: 'LabelFilesUnreadable',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp('/label-files-unreadable\\.md$'),
    });
    for (const runbook of ['labels-unused.md', 'label-files-unreadable.md']) expect(fs.existsSync(path.join(RUNBOOKS, runbook))).toBe(true);
    expect(JSON.stringify(labelled.findResources('AWS::CloudWatch::Dashboard'))).toContain('LabelsUsed');
    expect(JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard'))).not.toContain('LabelsUsed');
  });

  test('calls features stale when three slots have passed without any, or without a word', () => {
    template.hasResourceProperties(ALARM, {
      MetricName: 'FeatureAge',
      Namespace: 'MedallionFeaturePlatform',
      // slots of 600 s; three of them are 1800 s
      Period: 600,
      EvaluationPeriods: 3,
      Threshold: 1800,
      TreatMissingData: 'breaching',
      ActionsEnabled: true,
    });
  });

  test('says nothing about staleness when runs are started by hand', () => {
    chosen.hasResourceProperties(ALARM, { MetricName: 'FeatureAge', ActionsEnabled: false });
  });

  test('goes off when fewer than 95 % of the deliveries succeed', () => {
    template.hasResourceProperties(ALARM, {
      MetricName: 'DeliveryToS3.Success', Statistic: 'Average', ComparisonOperator: 'LessThanThreshold', Threshold: 0.95,
    });
  });

  test('goes off when a delivery is more than five minutes over the buffer interval', () => {
    template.hasResourceProperties(ALARM, { MetricName: 'DeliveryToS3.DataFreshness', Threshold: 360 });
  });

  test('takes thresholds from the slot', () => {
    chosen.hasResourceProperties(ALARM, { MetricName: 'FeatureAge', Period: 3600, EvaluationPeriods: 2, Threshold: 7200 });
    chosen.hasResourceProperties(ALARM, { MetricName: 'GetRecords.IteratorAgeMilliseconds', Threshold: 7_200_000 });
  });

  test('names the runbooks of its user', () => {
    chosen.hasResourceProperties(ALARM, { AlarmDescription: Match.stringLikeRegexp('https://wiki\\.example\\.com/cards/run-failed\\.md$') });
  });

  test('encrypts messages, lets the alarms of the account publish, and refuses to do so without TLS', () => {
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ],
      },
    });
  });

  test('subscribes addresses and anything else', () => {
    chosen.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'fraud@example.com' });
    chosen.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https' });
  });

  test('shows the four questions of the published reference first, then the stages in the order of the flow', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body: string = Properties.DashboardBody['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : '')).join('');
    const titles = [...body.matchAll(/"(?:title|markdown)":"([^"]+)"/g)].map(([, title]) => title);
    expect(titles.slice(0, 5)).toEqual([
      '## Is the platform well?', 'Step Functions: status of runs', 'EMR Serverless: job success rate', 'Firehose: delivery rate',
      'Pipeline: lines and records',
    ]);
    expect(titles.filter((title) => title.startsWith('##'))).toEqual([
      '## Is the platform well?', '## Events arrive', '## Silver and gold', '## Online features', '## Datasets',
    ]);
  });
});
