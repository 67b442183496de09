import { aws_ec2 as ec2 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { cardEvents, cardFeatures } from '../fixtures/specs';
import { cardPlatform, cardTemplate, emptyStack } from '../fixtures/stages';

/** The template without what changes with every line of Spark or Lambda code. */
function normalised(template: Template): unknown {
  return JSON.parse(JSON.stringify(template.toJSON()).replace(/[0-9a-f]{64}/g, '<asset>'));
}

describe('committed templates', () => {
  test('the smallest card platform', () => {
    expect(normalised(cardTemplate())).toMatchSnapshot();
  });

  test('a card platform with every option', () => {
    const stack = emptyStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1', availabilityZones: ['a', 'b'], privateSubnetIds: ['subnet-1', 'subnet-2'],
    });
    cardPlatform(stack, {
      events: cardEvents(),
      featureGroups: [cardFeatures(), cardFeatures({ name: 'pair_features', featureGroupName: 'pairs_v1', entity: ['card_id', 'merchant_id'], table: 'pair_features' })],
      network: { vpc },
      platformName: 'cards',
      maxExecutors: 8,
      scheduleEnabled: false,
      alarmEmails: ['fraud@example.com'],
      alarms: { staleAfterSlots: 6, runbookUrl: 'https://wiki.example.com/cards' },
    });
    expect(normalised(Template.fromStack(stack))).toMatchSnapshot();
  });
});
