import { Stack, Validations, aws_iam as iam } from 'aws-cdk-lib';

const RULE = 'AwsSolutions::AwsSolutions-IAM5';

/**
 * States, for compliance checks, why the resources of a policy end in a wildcard.
 *
 * Every wildcard is named by itself: one that is added later is a new finding. Call it when the policy is complete.
 */
export function acknowledgeWildcards(policy: iam.ManagedPolicy, reason: string): void {
  const { Statement: statements } = Stack.of(policy).resolve(policy.document);
  const resources: unknown[] = statements.flatMap((statement: { Resource: unknown }) => statement.Resource);
  const names = new Set(resources.map(flatName).filter((name) => name.includes('*')));
  Validations.of(policy).acknowledge(...[...names].map((name) => ({ id: `${RULE}[Resource::${name}]`, reason })));
}

/** A template value as compliance checks write it: `<Bucket.Arn>/bronze/*`. */
function flatName(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument]] = Object.entries(value as Record<string, any>);
  if (intrinsic === 'Fn::Join') return argument[1].map(flatName).join(argument[0]);
  if (intrinsic === 'Fn::GetAtt') return `<${argument[0]}.${argument[1]}>`;
  if (intrinsic === 'Ref') return `<${argument}>`;
  return JSON.stringify(value);
}
