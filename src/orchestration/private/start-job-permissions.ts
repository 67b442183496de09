import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { SparkJob } from '../../compute/spark-job';

/** The rule by which Step Functions hears that a run has ended; the service creates it. */
const END_OF_RUN_RULE = 'StepFunctionsGetEventsForEMRServerlessJobRule';

/** What a state machine may do to run jobs and wait for them. */
export function startJobStatements(scope: IConstruct, jobs: SparkJob[]): iam.PolicyStatement[] {
  const applications = [...new Set(jobs.map((job) => job.runtime.applicationArn))];
  return [
    new iam.PolicyStatement({ sid: 'StartRuns', actions: ['emr-serverless:StartJobRun'], resources: applications }),
    new iam.PolicyStatement({
      sid: 'FollowRuns',
      actions: ['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun'],
      resources: applications.map((application) => `${application}/jobruns/*`),
    }),
    new iam.PolicyStatement({
      sid: 'PassJobRoles',
      actions: ['iam:PassRole'],
      resources: [...new Set(jobs.map((job) => job.role.roleArn))],
      conditions: { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } },
    }),
    new iam.PolicyStatement({
      sid: 'HearEndOfRun',
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName: END_OF_RUN_RULE })],
    }),
  ];
}
