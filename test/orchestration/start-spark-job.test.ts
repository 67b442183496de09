import { Duration, aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { evaluated } from './evaluated';
import { FeatureCatalog } from '../../src/catalog/feature-catalog';
import { SparkCode } from '../../src/compute/spark-code';
import { SparkJob } from '../../src/compute/spark-job';
import { SparkRuntime } from '../../src/compute/spark-runtime';
import { DataLake } from '../../src/lake/data-lake';
import { StartSparkJob, StartSparkJobProps } from '../../src/orchestration/start-spark-job';
import { cardSpec } from '../fixtures/specs';
import { emptyStack, stateMachineDefinition } from '../fixtures/stages';

/** A machine that a user writes around one job of this library. */
function machine(props: Partial<StartSparkJobProps> = {}): Template {
  const stack = emptyStack();
  const spec = cardSpec();
  const lake = new DataLake(stack, 'Lake');
  const code = new SparkCode(stack, 'Code', { spec });
  const catalog = new FeatureCatalog(stack, 'Catalog', { spec, lake });
  const runtime = new SparkRuntime(stack, 'Runtime', { lake, queueTimeout: Duration.minutes(30) });
  const job = new SparkJob(stack, 'Job', { runtime, code, entryPoint: code.silverAndGold, lake, catalog, timeout: Duration.minutes(20) });
  new sfn.StateMachine(stack, 'Machine', {
    definitionBody: sfn.DefinitionBody.fromChainable(new StartSparkJob(stack, 'Start', { job, clientToken: 'once', ...props })),
  });
  return Template.fromStack(stack);
}

describe('StartSparkJob', () => {
  const byDefault = machine();

  test('works in a machine of its user, which is given the permissions that it takes', () => {
    byDefault.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'emr-serverless:StartJobRun', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Runtime'), 'Arn'] } }),
          Match.objectLike({ Action: 'iam:PassRole', Condition: { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } } }),
          Match.objectLike({ Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'] }),
        ]),
      },
    });
  });

  test('is written in JSONata also where the machine is not', () => {
    expect(stateMachineDefinition(byDefault).States.Start).toMatchObject({ QueryLanguage: 'JSONata', Arguments: { ClientToken: 'once', Name: 'Start' } });
  });

  test('waits as long as a run may queue and work', () => {
    // 30 minutes in the queue and 20 of work
    expect(stateMachineDefinition(byDefault).States.Start.TimeoutSeconds).toBe(3000);
    expect(stateMachineDefinition(machine({ taskTimeout: sfn.Timeout.duration(Duration.minutes(5)) })).States.Start.TimeoutSeconds).toBe(300);
  });

  test('adds the arguments of a run to those of the job', () => {
    const { EntryPointArguments } = stateMachineDefinition(machine({ runArguments: ['--slot-end', '{% $slotEnd %}'] }))
      .States.Start.Arguments.JobDriver.SparkSubmit;
    expect(EntryPointArguments.filter((argument: string) => argument.startsWith('--'))).toEqual(['--spec', '--lake', '--database', '--slot-end']);
  });

  test.each([[1, ['--slow']], [5, []]])('leaves out an argument whose condition does not hold: %d gives %j', async (number, more) => {
    const { EntryPointArguments } = stateMachineDefinition(machine({
      runArguments: ['--text', 'a "quoted" word', '--number', '{% $string($number) %}'],
      conditionalArguments: { '--slow': '$number < 5' },
    })).States.Start.Arguments.JobDriver.SparkSubmit;
    const list: string[] = await evaluated(EntryPointArguments, { number });
    expect(list[0]).toBe('--spec');
    expect(list.slice(6)).toEqual(['--text', 'a "quoted" word', '--number', `${number}`, ...more]);
  });
});
