import { ArnFormat, Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Layer } from './lake/layer';
import type { MedallionFeaturePlatform } from './platform';
import { grantActions } from './private/grants';

const START_ACTIONS = ['states:DescribeStateMachine', 'states:ListExecutions', 'states:StartExecution'];
const FOLLOW_ACTIONS = ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:RedriveExecution', 'states:StopExecution'];

/** Permissions on a platform, for the four things that people and programs do with it. */
export class PlatformGrants {
  /** Permissions on a platform. */
  public static fromPlatform(platform: MedallionFeaturePlatform): PlatformGrants {
    return new PlatformGrants(platform);
  }

  private constructor(private readonly platform: MedallionFeaturePlatform) {}

  /** Lets a principal put events on the stream. */
  public produce(grantee: iam.IGrantable): iam.Grant {
    return this.platform.ingest.grants.produce(grantee);
  }

  /** Lets a principal read the newest features of an entity from every feature group. */
  public readOnline(grantee: iam.IGrantable): iam.Grant {
    return combined(this.platform.featureGroups.map((group) => group.grants.readOnline(grantee)));
  }

  /** Lets a principal read everything that was ever served, from every feature group. */
  public readOffline(grantee: iam.IGrantable): iam.Grant {
    return combined(this.platform.featureGroups.map((group) => group.grants.readOffline(grantee)));
  }

  /**
   * Lets a principal start runs and backfills, follow, stop and redrive them, and read what they reported.
   *
   * It includes the reports, the quarantine and the publish sets with their dead letters.
   */
  public operate(grantee: iam.IGrantable): iam.Grant {
    const { lake, pipeline: { stateMachine, deadLetterQueue } } = this.platform;
    const executions = Stack.of(this.platform).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${Stack.of(this.platform).splitArn(stateMachine.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME).resourceName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return combined([
      grantActions(grantee, START_ACTIONS, [stateMachine.stateMachineArn]),
      grantActions(grantee, FOLLOW_ACTIONS, [executions]),
      grantActions(grantee, ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [deadLetterQueue.queueArn]),
      grantActions(grantee, ['kms:Decrypt'], [lake.encryptionKey.keyArn]),
      lake.grants.read(grantee, Layer.CONTROL, Layer.QUARANTINE, Layer.PUBLISH),
    ]);
  }
}

function combined([first, ...others]: iam.Grant[]): iam.Grant {
  return others.reduce((all, grant) => all.combine(grant), first);
}
