import { Token } from 'aws-cdk-lib';
import { MAX_NAME_LENGTH } from './limits';
import { Problems, quoted } from '../../private/errors';

const NAME = /^[a-z](_*[a-z0-9])*$/;
const FEATURE_GROUP_NAME = /^[a-z0-9]([-_]*[a-z0-9])*$/;
const NAME_RULE = `up to ${MAX_NAME_LENGTH} lower-case letters, digits and underscores, from a letter to a letter or digit`;
const FEATURE_GROUP_NAME_RULE = `up to ${MAX_NAME_LENGTH} lower-case letters, digits, underscores and hyphens, from and to a letter or digit`;

/** Whether a name is safe as a column, table, folder and feature in every store. */
export function isName(value: string): boolean {
  return !Token.isUnresolved(value) && value.length <= MAX_NAME_LENGTH && NAME.test(value);
}

/** Notes a name that is a token, malformed or reserved, with what else to do about it; says whether it may be used. */
export function checkName(problems: Problems, where: string, value: string, reserved: string[] = [], advice = ''): boolean {
  if (!isName(value)) {
    problems.add(where, quoted(value), NAME_RULE, `choose such a name, in literal text${advice}`);
    return false;
  }
  if (reserved.includes(value)) {
    const fix = `rename it, for example to ${quoted(`my_${value}`)}${advice}`;
    problems.add(where, quoted(value), 'a name that the platform does not use itself', fix);
    return false;
  }
  return true;
}

/** Notes a malformed Feature Store name. */
export function checkFeatureGroupName(problems: Problems, where: string, value: string): void {
  const valid = !Token.isUnresolved(value) && value.length <= MAX_NAME_LENGTH && FEATURE_GROUP_NAME.test(value);
  if (!valid) problems.add(where, quoted(value), FEATURE_GROUP_NAME_RULE, 'set featureGroupName to such a name, in literal text');
}

/** How a list item is called in messages: by its name, or by its place where the name is unusable. */
export function itemPath(list: string, name: string, index: number): string {
  return isName(name) ? `${list}.${name}` : `${list}[${index}]`;
}

/** Remembers names and where they were used, and notes the second use of one; says whether it is the first. */
export class UniqueNames {
  private readonly owners = new Map<string, string>();

  constructor(private readonly problems: Problems, private readonly kind: string) {}

  public claim(where: string, name: string): boolean {
    if (Token.isUnresolved(name)) return true;
    const owner = this.owners.get(name);
    if (owner === undefined) {
      this.owners.set(name, where);
      return true;
    }
    this.problems.add(where, quoted(name), `a name that no other ${this.kind} has`, `rename it, or the one at ${owner}`);
    return false;
  }
}
