import { Names } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** A lower-case name, unique to the construct's path, for what belongs to one platform. */
export function defaultPlatformName(scope: IConstruct): string {
  return Names.uniqueResourceName(scope, { maxLength: 40, separator: '-' }).toLowerCase();
}
