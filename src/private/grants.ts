import { aws_iam as iam } from 'aws-cdk-lib';
import { MedallionError } from './errors';

/**
 * Adds one statement to the policy of a principal.
 *
 * A principal that cannot hold a policy, such as a service, is refused: the grant would silently do nothing.
 */
export function grantActions(
  grantee: iam.IGrantable,
  actions: string[],
  resourceArns: string[],
  conditions?: Record<string, Record<string, unknown>>,
): iam.Grant {
  const { policyFragment } = grantee.grantPrincipal;
  if ('Service' in policyFragment.principalJson) {
    throw new MedallionError('InvalidProperty', [{
      where: 'grantee',
      got: 'a service principal',
      expected: 'a role, a user, a group or a construct that has a role',
      fix: 'grant to the role that the service assumes',
    }]);
  }
  return iam.Grant.addToPrincipal({ grantee, actions, resourceArns, conditions });
}
