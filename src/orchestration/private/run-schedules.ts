import { Duration, aws_iam as iam, aws_kms as kms, aws_scheduler as scheduler, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { slotCron } from './run-times';
import { sourceConditions } from '../../private/arns';
import { useKey } from '../../private/key-use';
import { Slot } from '../../spec/slot';

/** What the scheduler replaces by the time that the schedule was due. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

const MAXIMUM_EVENT_AGE_MIN = Duration.minutes(1);
const MAXIMUM_EVENT_AGE_MAX = Duration.days(1);

/** What the schedules of a pipeline need. */
export interface RunSchedulesProps {
  readonly slot: Slot;
  readonly stateMachineArn: string;
  readonly encryptionKey: kms.IKey;
  readonly groupName: string;
  readonly enabled: boolean;
}

/** The schedules that start runs, in a group of their own, and the queue of starts that failed. */
export class RunSchedules extends Construct {
  public readonly group: scheduler.CfnScheduleGroup;
  public readonly schedules: scheduler.CfnSchedule[];
  public readonly deadLetterQueue: sqs.IQueue;

  private readonly role: iam.Role;

  public constructor(scope: Construct, id: string, private readonly props: RunSchedulesProps) {
    super(scope, id);
    this.group = new scheduler.CfnScheduleGroup(this, 'Group', { name: props.groupName });
    this.deadLetterQueue = this.createQueues();
    this.role = this.createRole();
    this.schedules = [
      this.schedule('StreamSchedule', slotCron(props.slot), 'stream'),
      this.schedule('DailySchedule', 'cron(30 0 * * ? *)', 'daily'),
    ];
  }

  private createQueues(): sqs.IQueue {
    const options: sqs.QueueProps = {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: this.props.encryptionKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    const terminal = new sqs.Queue(this, 'UnreadStarts', options);
    return new sqs.Queue(this, 'FailedStarts', { ...options, deadLetterQueue: { queue: terminal, maxReceiveCount: 10 } });
  }

  private createRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: 'Starts runs of the feature pipeline',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: sourceConditions(this, this.group.attrArn) }),
    });
    new iam.ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({ sid: 'StartRuns', actions: ['states:StartExecution'], resources: [this.props.stateMachineArn] }),
        new iam.PolicyStatement({ sid: 'KeepFailedStarts', actions: ['sqs:SendMessage'], resources: [this.deadLetterQueue.queueArn] }),
        useKey(this.props.encryptionKey),
      ],
    });
    return role;
  }

  private schedule(name: string, expression: string, mode: string): scheduler.CfnSchedule {
    return new scheduler.CfnSchedule(this, name, {
      name,
      groupName: this.group.ref,
      state: this.props.enabled ? 'ENABLED' : 'DISABLED',
      scheduleExpression: expression,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.props.stateMachineArn,
        roleArn: this.role.roleArn,
        input: JSON.stringify({ mode, scheduledTime: SCHEDULED_TIME }),
        // A start that is older than a slot has been overtaken by the next one.
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: this.maximumEventAge() },
        deadLetterConfig: { arn: this.deadLetterQueue.queueArn },
      },
    });
  }

  private maximumEventAge(): number {
    const seconds = this.props.slot.length.toSeconds();
    return Math.min(Math.max(seconds, MAXIMUM_EVENT_AGE_MIN.toSeconds()), MAXIMUM_EVENT_AGE_MAX.toSeconds());
  }
}
