import { ArnFormat, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** ARNs of tables of a Glue database, of all of them with `*`, after those of the catalog and the database, which every call needs too. */
export function glueTableArns(scope: IConstruct, database: string, ...tables: string[]): string[] {
  const stack = Stack.of(scope);
  return [
    stack.formatArn({ service: 'glue', resource: 'catalog' }),
    stack.formatArn({ service: 'glue', resource: 'database', resourceName: database }),
    ...tables.map((table) => stack.formatArn({ service: 'glue', resource: 'table', resourceName: `${database}/${table}` })),
  ];
}

/** ARN of a Feature Store group; the service lower-cases the name in it. */
export function featureGroupArn(scope: IConstruct, featureGroupName: string): string {
  return Stack.of(scope).formatArn({ service: 'sagemaker', resource: 'feature-group', resourceName: featureGroupName.toLowerCase() });
}

/** ARN of a log stream, or of all of a group's with `*`. */
export function logStreamArn(scope: IConstruct, logGroupName: string, logStreamName: string): string {
  return Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: `${logGroupName}:log-stream:${logStreamName}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** The value of `kms:ViaService` for a service in the stack's Region, such as `s3`. */
export function viaService(scope: IConstruct, service: string): string {
  const stack = Stack.of(scope);
  return `${service}.${stack.region}.${stack.urlSuffix}`;
}

/** Trust and key policy conditions that keep a service from acting for another account. */
export function sourceConditions(scope: IConstruct, sourceArn?: string): Record<string, Record<string, string>> {
  return {
    StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
    ...(sourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': sourceArn } }),
  };
}
