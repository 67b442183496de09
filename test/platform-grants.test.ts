import { aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { cardPlatform, emptyStack } from './fixtures/stages';
import { PlatformGrants } from '../src/platform-grants';

type Grant = (grants: PlatformGrants, grantee: iam.IGrantable) => iam.Grant;

const GRANTS: Record<string, Grant> = {
  produce: (grants, grantee) => grants.produce(grantee),
  readOnline: (grants, grantee) => grants.readOnline(grantee),
  readOffline: (grants, grantee) => grants.readOffline(grantee),
  operate: (grants, grantee) => grants.operate(grantee),
};

const PRINCIPALS: Record<string, (scope: Construct) => iam.IGrantable> = {
  'a role': (scope) => new iam.Role(scope, 'Reader', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }),
  'an imported role': (scope) => iam.Role.fromRoleArn(scope, 'Reader', `arn:aws:iam::123456789012:role/${scope.node.id}`),
  'a user': (scope) => new iam.User(scope, 'Reader'),
  'a group': (scope) => new iam.Group(scope, 'Reader'),
};

/** One platform whose every grant is given to a principal of every kind. */
function granted(): { grants: PlatformGrants; statements: (grant: string, principal: string) => any[] } {
  const stack = emptyStack();
  const { grants } = cardPlatform(stack);
  const scopeId = (grant: string, principal: string) => `${grant}${Object.keys(PRINCIPALS).indexOf(principal)}`;
  for (const [name, grant] of Object.entries(GRANTS)) {
    for (const [kind, principal] of Object.entries(PRINCIPALS)) {
      expect(grant(grants, principal(new Construct(stack, scopeId(name, kind)))).success).toBe(true);
    }
  }
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return {
    grants,
    statements: (grant, principal) => {
      const [[, policy]] = policies.filter(([id]) => id.startsWith(`${scopeId(grant, principal)}Reader`));
      return policy.Properties.PolicyDocument.Statement;
    },
  };
}

describe('PlatformGrants', () => {
  const { grants, statements } = granted();
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
      expect(statements(name, principal).flatMap(({ Action }) => Action).sort()).toEqual(expected[name]);
    });

    test(`${name} fails when the grantee is a service`, () => {
      expect(() => grant(grants, new iam.ServicePrincipal('lambda.amazonaws.com'))).toThrow('grantee: got a service principal');
    });
  }

  test('lets an operator follow the executions of this pipeline only', () => {
    const follow = statements('operate', 'a user').find(({ Action }) => Action.includes('states:RedriveExecution'));
    expect(JSON.stringify(follow.Resource)).toMatch(/:execution:.*StateMachine.*:\*/);
  });
});
