import { ArnFormat, Stack, aws_iam as iam, aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from './run-metrics';
import { RunOptions } from './run-states';
import { startJobStatements } from './start-job-permissions';
import { acknowledgeWildcards } from '../../private/acknowledgements';
import { sourceConditions } from '../../private/arns';
import { useKey } from '../../private/key-use';
import { LAKE_FOLDERS } from '../../spec/lake-folders';

const LOG_DELIVERY_ACTIONS = [
  'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
  'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups',
];
const TRACE_ACTIONS = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];

/** The role of the state machine, and the policy that has to exist before the state machine does. */
export interface PipelineRole {
  readonly role: iam.Role;
  readonly policy: iam.ManagedPolicy;
}

/** Creates the role that a run acts as. */
export function pipelineRole(scope: Construct, options: RunOptions): PipelineRole {
  const stateMachines = Stack.of(scope).formatArn({
    service: 'states', resource: 'stateMachine', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const role = new iam.Role(scope, 'Role', {
    description: 'Runs the feature pipeline',
    assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: sourceConditions(scope, stateMachines) }),
  });
  const policy = new iam.ManagedPolicy(scope, 'Policy', {
    roles: [role],
    statements: [
      ...startJobStatements(scope, [options.streamJob, options.datasetJob, options.backfillJob]),
      ...lakeStatements(options),
      ...observationStatements(),
    ],
  });
  acknowledgeWildcards(policy, 'runs, reports and marks are named by slot; metrics, log delivery and tracing have no resources');
  return { role, policy };
}

/**
 * Lets the state machine run the children of its own distributed maps; it has to exist for that.
 *
 * @param labels the labels of the maps, which are part of the names of their children
 */
export function allowChildren(scope: Construct, role: iam.Role, stateMachine: sfn.StateMachine, labels: string[]): void {
  const executions = (machine: string) => Stack.of(scope).formatArn({
    service: 'states', resource: 'execution', resourceName: `${machine}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const { stateMachineName: name } = stateMachine;
  const children = [name, ...labels.map((label) => `${name}/${label}`)].map(executions);
  const policy = new iam.ManagedPolicy(scope, 'ChildrenPolicy', {
    roles: [role],
    statements: [
      new iam.PolicyStatement({ sid: 'StartChildren', actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] }),
      new iam.PolicyStatement({
        sid: 'FollowChildren',
        actions: ['states:DescribeExecution', 'states:RedriveExecution', 'states:StopExecution'],
        resources: children,
      }),
    ],
  });
  acknowledgeWildcards(policy, 'the children of a distributed map are named by the service');
  // The inline policy that the state machine makes for the same purpose is attached to no role.
  stateMachine.node.tryRemoveChild('DistributedMapPolicy');
}

function lakeStatements({ lake: { bucket, encryptionKey }, publisher, auditor }: RunOptions): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'PublishParts',
      actions: ['lambda:InvokeFunction'],
      resources: [publisher, ...(auditor ? [auditor] : [])].map((worker) => worker.function.functionArn),
    }),
    new iam.PolicyStatement({
      sid: 'ReadReports',
      actions: ['s3:GetObject'],
      resources: [LAKE_FOLDERS.slotResults, LAKE_FOLDERS.datasetReports, LAKE_FOLDERS.backfillReports, LAKE_FOLDERS.publishManifests]
        .map((folder) => bucket.arnForObjects(`${folder}*`)),
    }),
    new iam.PolicyStatement({
      sid: 'MarkPublished',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${LAKE_FOLDERS.publishedMarks}*`)],
    }),
    useKey(encryptionKey),
  ];
}

function observationStatements(): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      sid: 'PutMetrics',
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE } },
    }),
    new iam.PolicyStatement({ sid: 'DeliverLogs', actions: LOG_DELIVERY_ACTIONS, resources: ['*'] }),
    new iam.PolicyStatement({ sid: 'Trace', actions: TRACE_ACTIONS, resources: ['*'] }),
  ];
}
