import { Duration, aws_stepfunctions as sfn, aws_stepfunctions_tasks as tasks } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DataLake } from '../../lake/data-lake';
import { FeaturePipelineProps } from '../feature-pipeline-props';
import { StartSparkJob, StartSparkJobProps } from '../start-spark-job';

/** What the states of a run work with: the properties of the pipeline, its names and numbers filled in. */
export type RunOptions = FeaturePipelineProps & Required<Pick<FeaturePipelineProps, 'platformName' | 'publishConcurrency'>>;

/**
 * Failures of EMR Serverless itself: the run was not started, so that starting again is free of risk.
 *
 * Errors outside the service's model, throttling among them, come as the service's exception of its own. The optimized
 * integration writes the service in capitals, the SDK integration does not: both are named.
 */
const SERVICE_ERRORS = ['EMRServerless', 'EmrServerless'].flatMap((service) => [
  `${service}.${service}Exception`,
  `${service}.InternalServerException`,
  `${service}.ServiceQuotaExceededException`,
  `${service}.ThrottlingException`,
]);

/** How long a call to S3 or CloudWatch may take; one that hangs is made again. */
const SMALL_CALL = sfn.Timeout.duration(Duration.minutes(1));

/** A Spark run, started again when the service failed and once when the run did: a run may be repeated any time. */
export function sparkRun(scope: Construct, id: string, props: StartSparkJobProps): StartSparkJob {
  const task = new StartSparkJob(scope, id, props);
  task.addRetry({ errors: SERVICE_ERRORS, interval: Duration.seconds(20), maxAttempts: 3, jitterStrategy: sfn.JitterType.FULL });
  task.addRetry({ errors: [sfn.Errors.TASKS_FAILED], interval: Duration.seconds(30), maxAttempts: 1 });
  return task;
}

/** The parts of a report that was read, as JSONata; the whole report may exceed what a state can hand on. */
export function reportParts(parts: string): string {
  return `{% $parse($states.result.Body).${parts} %}`;
}

/** Reads a report that a job wrote; what is kept of it is made by `reportParts`, as a variable or as the output. */
export function readReport(scope: Construct, id: string, lake: DataLake, key: string, kept: Pick<sfn.TaskStateJsonataBaseProps, 'assign' | 'outputs'>): tasks.CallAwsService {
  return smallCall(scope, id, {
    service: 's3',
    action: 'getObject',
    parameters: { Bucket: lake.bucket.bucketName, Key: `{% ${key} %}` },
    ...kept,
  });
}

/** Puts the metrics of a run. */
export function putMetrics(scope: Construct, id: string, metricData: Record<string, unknown>): tasks.CallAwsService {
  return smallCall(scope, id, { service: 'cloudwatch', action: 'putMetricData', parameters: metricData });
}

/** A short call of a service, which may be repeated; what it returns is dropped unless the properties keep it. */
export function smallCall(scope: Construct, id: string, props: Omit<tasks.CallAwsServiceJsonataProps, 'iamResources'>): tasks.CallAwsService {
  const task = tasks.CallAwsService.jsonata(scope, id, {
    iamResources: [], // would add to the role of the machine, which has its whole policy already and takes no other
    taskTimeout: SMALL_CALL,
    outputs: {},
    ...props,
  });
  retryCall(task);
  return task;
}

/** Repeats a call that has the same effect however often it is made. */
export function retryCall(task: sfn.TaskStateBase): void {
  const errors = [sfn.Errors.TASKS_FAILED, sfn.Errors.TIMEOUT];
  task.addRetry({ errors, interval: Duration.seconds(2), maxAttempts: 3, jitterStrategy: sfn.JitterType.FULL });
}
