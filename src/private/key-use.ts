import { aws_iam as iam, aws_kms as kms } from 'aws-cdk-lib';

/** Lets a role read and write whatever is encrypted with a key. */
export function useKey(key: kms.IKey): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid: 'UseKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] });
}
