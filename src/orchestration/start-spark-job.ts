import { Duration, Stack, aws_iam as iam, aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { startJobStatements } from './private/start-job-permissions';
import { SparkJob } from '../compute/spark-job';

/** A JSONata expression within its delimiters. */
const EXPRESSION = /^\{%\s*(.*?)\s*%\}$/s;

/** Properties for `StartSparkJob`. */
export interface StartSparkJobProps extends sfn.TaskStateBaseProps {
  /** The job to run. */
  readonly job: SparkJob;

  /**
   * What makes a run the same run, as text or as a JSONata expression; the service starts one run per token.
   *
   * It has to differ between the attempts of one task: the token of a run that failed only returns that failed run.
   * See `StartSparkJob.attemptToken`.
   */
  readonly clientToken: string;

  /**
   * Arguments of this run, as text or as JSONata expressions, added to those that every run of the job has.
   *
   * @default - none
   */
  readonly runArguments?: string[];

  /**
   * Arguments that only some runs have, each with the JSONata condition, without delimiters, of those that have it.
   *
   * @default - none
   */
  readonly conditionalArguments?: { [argument: string]: string };

  /**
   * The name of the run, as text or as a JSONata expression, which the console of EMR Serverless shows.
   *
   * @default - the id of the state
   */
  readonly runName?: string;
}

/**
 * The Step Functions task that runs a Spark job and waits for its end, in a JSONata state machine.
 *
 * It waits by an event of the service, without polling, and cancels the run when the task times out.
 */
export class StartSparkJob extends sfn.TaskStateBase {
  /**
   * A client token that is new for each execution, and for each retry and redrive of it.
   *
   * A slot that is run again must get a run of its own: an older token would only return the run that is over, be it
   * failed or the one whose records are published already.
   *
   * @param expression a JSONata expression, without its delimiters, that names what is run, such as `$slotKey`
   */
  public static attemptToken(expression: string): string {
    const count = (field: string) => `$string($exists(${field}) ? ${field} : 0)`;
    const retries = count('$states.context.State.RetryCount');
    const redrives = count('$states.context.Execution.RedriveCount');
    const started = '$string($toMillis($states.context.Execution.StartTime))';
    return `{% ${expression} & '-' & ${started} & '-r' & ${retries} & '-d' & ${redrives} %}`;
  }

  protected readonly taskMetrics?: sfn.TaskMetricsConfig;
  protected readonly taskPolicies?: iam.PolicyStatement[];

  private readonly props: StartSparkJobProps;

  public constructor(scope: Construct, id: string, props: StartSparkJobProps) {
    super(scope, id, {
      ...props,
      queryLanguage: sfn.QueryLanguage.JSONATA,
      taskTimeout: props.taskTimeout ?? sfn.Timeout.duration(longestRun(props.job)),
    });
    this.props = props;
    this.taskPolicies = startJobStatements(this, [props.job]);
  }

  /** @internal */
  protected _renderTask(): any {
    const { job, clientToken, runName } = this.props;
    return {
      Resource: `arn:${Stack.of(this).partition}:states:::emr-serverless:startJobRun.sync`,
      Arguments: {
        ApplicationId: job.runtime.applicationId,
        ClientToken: clientToken,
        ExecutionRoleArn: job.role.roleArn,
        ExecutionTimeoutMinutes: job.timeout.toMinutes(),
        JobDriver: {
          SparkSubmit: {
            EntryPoint: job.entryPointUrl,
            EntryPointArguments: entryPointArguments(this.props),
            SparkSubmitParameters: job.sparkSubmitParameters,
          },
        },
        Name: runName ?? this.node.id,
      },
    };
  }
}

/** The arguments as a list; with conditions, as one expression, since an element of a list cannot be left out. */
function entryPointArguments({ job, runArguments, conditionalArguments }: StartSparkJobProps): string[] | string {
  const always = [...job.baseArguments, ...(runArguments ?? [])];
  if (!conditionalArguments) {
    return always;
  }
  const elements = [
    ...always.map((argument) => EXPRESSION.exec(argument)?.[1] ?? JSON.stringify(argument)),
    ...Object.entries(conditionalArguments).map(([argument, condition]) => `${condition} ? ${JSON.stringify(argument)}`),
  ];
  return `{% [${elements.join(', ')}] %}`;
}

/** The time in the queue of the application and the time of the run together. */
function longestRun(job: SparkJob): Duration {
  return job.runtime.queueTimeout.plus(job.timeout);
}
