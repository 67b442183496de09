import { LockedFeature, LockedGroup, named } from './content';
import { addDifferences } from './differences';
import { Problems, quoted } from '../../../private/errors';
import { itemPath } from '../names';

/** Notes what the rows and records of a group cannot follow under the same version. */
export function addFeatureViolations(problems: Problems, where: string, list: string, locked: LockedGroup, declared: LockedGroup): void {
  const newVersion = `declare version ${locked.version + 1} of the group`;
  const { features: lockedFeatures, labelType: lockedLabelType, ...lockedIdentity } = locked;
  const { features, labelType, ...identity } = declared;
  addDifferences(problems, where, lockedIdentity, identity, `restore it, or ${newVersion}`);
  if (lockedLabelType !== undefined && labelType !== undefined && labelType !== lockedLabelType) {
    const expected = `${quoted(lockedLabelType)}, which is locked for the training sets of ${quoted(locked.name)}`;
    problems.add('datasets.labels.labelType', quoted(labelType), expected, `restore it, or ${newVersion}`);
  }
  features.forEach((feature, index) => {
    const path = itemPath(list, feature.name, index);
    const overtaken = features.slice(0, index).find(({ name }) => place(lockedFeatures, name) > place(lockedFeatures, feature.name));
    if (overtaken !== undefined) {
      const behind = `a place behind ${quoted(overtaken.name)}`;
      problems.add(path, behind, 'the locked order, and new features at the end', `move it before ${quoted(overtaken.name)}`);
    }
    const before = named(lockedFeatures, feature.name);
    if (before === undefined) return;
    addDifferences(problems, path, before, feature, `restore it and add the new definition under another name, or ${newVersion}`);
  });
  lockedFeatures.forEach(({ name }, index) => {
    if (named(features, name) !== undefined) return;
    problems.add(itemPath(list, name, index), 'no such feature', 'the locked one', `declare it again in its place, or ${newVersion}`);
  });
}

/** The place of a feature in the locked order; every new one comes after all of them. */
function place(locked: LockedFeature[], name: string): number {
  const index = locked.findIndex((feature) => feature.name === name);
  return index < 0 ? locked.length : index;
}
