import { CfnResource } from 'aws-cdk-lib';
import { audit } from '../fixtures/audit';
import { cardPlatform } from '../fixtures/stages';

const { CDK_VALIDATION } = process.env;

describe("CloudFormation's schemas", () => {
  beforeEach(() => {
    jest.spyOn(console, 'error').mockReturnValue();
    delete process.env.CDK_VALIDATION;
  });

  afterEach(() => {
    jest.restoreAllMocks();
    if (CDK_VALIDATION !== undefined) process.env.CDK_VALIDATION = CDK_VALIDATION;
  });

  test('find a planted mistake, and none in a platform beside it', () => {
    const { open } = audit((stack) => {
      cardPlatform(stack);
      new CfnResource(stack, 'Planted', { type: 'AWS::SQS::Queue', properties: { DelaySeconds: 'many' } });
    }, () => []);

    expect(open).toEqual(['F3012 @ S/Planted']);
  }, 60_000);
});
