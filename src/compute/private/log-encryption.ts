import { Stack, aws_iam as iam, aws_kms as kms } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { sourceConditions } from '../../private/arns';

/**
 * Lets EMR Serverless encrypt the logs of its own applications in this account with the key.
 *
 * The statement names no application: one that named it would make the key depend on the application, and the
 * application on the key. A key that was imported has to allow it already.
 */
export function allowServiceLogs(scope: IConstruct, key: kms.IKey): void {
  key.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'EmrServerlessLogs',
    principals: [new iam.ServicePrincipal('emr-serverless.amazonaws.com')],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: sourceConditions(scope, Stack.of(scope).formatArn({ service: 'emr-serverless', resource: '/applications', resourceName: '*' })),
  }));
}
