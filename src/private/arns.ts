import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** ARN of the account's Glue catalog, which every call on a database or table also needs. */
export function glueCatalogArn(scope: IConstruct): string {
  return Stack.of(scope).formatArn({ service: 'glue', resource: 'catalog' });
}

/** ARN of one Glue database. */
export function glueDatabaseArn(scope: IConstruct, database: string): string {
  return Stack.of(scope).formatArn({ service: 'glue', resource: 'database', resourceName: database });
}

/** ARN of one table of a Glue database, or of all of them with `*`. */
export function glueTableArn(scope: IConstruct, database: string, table: string): string {
  return Stack.of(scope).formatArn({ service: 'glue', resource: 'table', resourceName: `${database}/${table}` });
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

/** An ARN of any AWS partition, for resources that live outside the stack's account and Region. */
export function globalArn(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:::${resource}`;
}
