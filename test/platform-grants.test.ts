import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { cardPlatform, emptyStack } from './fixtures/stages';
import { PlatformGrants } from '../src/platform-grants';

type Grant = (grants: PlatformGrants, grantee: iam.IGrantable) => iam.Grant;

const GRANTS: Record<string, Grant> = {
  produce: (grants, grantee) => grants.produce(grantee),
  readOnline: (grants, grantee) => grants.readOnline(grantee),
  readOffline: (grants, grantee) => grants.readOffline(grantee),
  operate: (grants, grantee) => grants.operate(grantee),
};

const PRINCIPALS: Record<string, (stack: Stack) => iam.IGrantable> = {
  'a role': (stack) => new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }),
  'an imported role': (stack) => iam.Role.fromRoleArn(stack, 'Reader', 'arn:aws:iam::123456789012:role/reader'),
  'a user': (stack) => new iam.User(stack, 'Reader'),
  'a group': (stack) => new iam.Group(stack, 'Reader'),
};

function actions(grant: Grant, principal: (stack: Stack) => iam.IGrantable): string[] {
  const stack = emptyStack();
  expect(grant(cardPlatform(stack).grants, principal(stack)).success).toBe(true);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy.Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action).sort();
}

describe('PlatformGrants', () => {
  const expected: Record<string, string[]> = {
    produce: ['kinesis:PutRecord', 'kinesis:PutRecords', 'kms:GenerateDataKey'],
    readOnline: ['kms:Decrypt', 'sagemaker:BatchGetRecord', 'sagemaker:GetRecord'],
    readOffline: [
      'glue:GetDatabase', 'glue:GetPartition', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables', 'kms:Decrypt',
      's3:GetBucketLocation', 's3:GetObject', 's3:ListBucket',
    ],
    operate: [
      'kms:Decrypt', 'kms:Decrypt', 's3:GetObject', 's3:ListBucket', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage',
      'states:DescribeExecution', 'states:DescribeStateMachine', 'states:GetExecutionHistory', 'states:ListExecutions',
      'states:RedriveExecution', 'states:StartExecution', 'states:StopExecution',
    ],
  };

  for (const [name, grant] of Object.entries(GRANTS)) {
    test.each(Object.keys(PRINCIPALS))(`${name} gives %s exactly what it takes`, (principal) => {
      expect(actions(grant, PRINCIPALS[principal])).toEqual(expected[name]);
    });

    test(`${name} fails when the grantee is a service`, () => {
      const { grants } = cardPlatform(emptyStack());
      expect(() => grant(grants, new iam.ServicePrincipal('lambda.amazonaws.com'))).toThrow('grantee: got a service principal');
    });
  }

  test('lets an operator follow the executions of this pipeline only', () => {
    const stack = emptyStack();
    cardPlatform(stack).grants.operate(new iam.User(stack, 'Operator'));
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const follow = policy.Properties.PolicyDocument.Statement.find(({ Action }: { Action: string[] }) => Action.includes('states:RedriveExecution'));
    expect(JSON.stringify(follow.Resource)).toMatch(/:execution:.*StateMachine.*:\*/);
  });
});
