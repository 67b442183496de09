import { isDeepStrictEqual } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Problem, Problems } from '../../src/private/errors';
import { Column } from '../../src/spec/column';
import { Feature } from '../../src/spec/feature';
import { FeatureGroupSpec } from '../../src/spec/feature-group-spec';
import { FeatureSpecProps } from '../../src/spec/feature-spec';
import { LockedFeature, SpecLock } from '../../src/spec/private/lock/content';
import { addLockViolations } from '../../src/spec/private/lock/violations';
import { Slot } from '../../src/spec/slot';
import { CommittedLock } from '../fixtures/locks';
import { sensorSpec } from '../fixtures/sensor-features';
import { cardEvents } from '../fixtures/specs';

const SEED = 20251023;

/** What a declaration is made of, so far as changes of it matter here. */
interface Model {
  table: number;
  columns: string[];
  moves: number;
  ids: string[];
  slotMinutes: number;
  groups: { name: string; version: number; features: string[] }[];
}

/** A change that is allowed, and whether the file has to be written for it. */
interface Change {
  readonly isFree: boolean;
  readonly apply: (model: Model, choice: number) => void;
}

const CHANGES: Record<string, Change> = {
  'add a feature': { isFree: false, apply: ({ groups }, choice) => add(groups[choice % groups.length].features, 'feature') },
  'add a column': { isFree: false, apply: ({ columns }) => add(columns, 'column') },
  'add a group first': { isFree: false, apply: ({ groups }) => groups.unshift({ name: `group_${groups.length}`, version: 1, features: ['feature_0'] }) },
  'raise a version': { isFree: false, apply: ({ groups }, choice) => renew(groups[choice % groups.length]) },
  'begin anew': {
    isFree: false,
    apply: (model) => {
      model.table += 1;
      model.columns = [];
      model.groups.forEach(renew);
    },
  },
  'move the id': { isFree: false, apply: ({ ids }) => ids.unshift(`$.ids.id_${ids.length}`) },
  'move the columns': { isFree: true, apply: (model) => { model.moves += 1; } },
  'reverse the groups': { isFree: true, apply: ({ groups }) => groups.reverse() },
  'reverse the columns': { isFree: true, apply: ({ columns }) => columns.reverse() },
  'change the slot': { isFree: true, apply: (model, choice) => { model.slotMinutes = [5, 10, 15][choice % 3]; } },
};

const changes = fc.array(fc.record({ name: fc.constantFrom(...Object.keys(CHANGES)), choice: fc.nat(100) }), { minLength: 1, maxLength: 12 });

/** Parts of a document that a later version of the library may write. */
const parts = fc.dictionary(fc.stringMatching(/^[a-z]\w{0,8}$/), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1, maxKeys: 5 });

const mutation = fc.record({ place: fc.nat(1_000), value: fc.jsonValue({ maxDepth: 1 }), kind: fc.constantFrom('replace', 'remove', 'add') });

describe('the lock, whatever is declared', () => {
  test('accepts every sequence of allowed changes, and is written only for those that add something', () => {
    fc.assert(fc.property(changes, (sequence) => {
      const model: Model = { table: 1, columns: [], moves: 0, ids: ['event_id'], slotMinutes: 10, groups: [{ name: 'group_0', version: 1, features: ['feature_0'] }] };
      const lock = new CommittedLock().commit(declarationOf(model));
      for (const { name, choice } of sequence) {
        const { isFree, apply } = CHANGES[name];
        apply(model, choice);
        const refusal = lock.refusalOf(declarationOf(model));
        expect(refusal?.code).toBe(isFree ? undefined : 'SpecLockOutdated');
        const text = lock.text;
        expect(lock.commit(declarationOf(model)).text === text).toBe(isFree);
        expect(lock.refusalOf(declarationOf(model))).toBeUndefined();
      }
      lock.remove();
    }), { numRuns: 60, seed: SEED });
  });

  test('refuses every mutation of one part of a locked feature, whatever its parts are, and names the feature', () => {
    fc.assert(fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), fc.nat(3), mutation, (documents, chosen, { place, value, kind }) => {
      const features = documents.map((document, index) => ({ ...plain(document), name: `feature_${index}` }));
      const index = chosen % features.length;
      const mutant = mutated(features[index], place, value, kind);
      fc.pre(!isDeepStrictEqual(mutant, features[index]));

      const found = violations(features, features.map((feature, at) => (at === index ? mutant : feature)));
      expect(found.map(({ where }) => where.split(/[.[]/).slice(0, 2).join('.'))).toEqual(found.map(() => `features.feature_${index}`));
      expect(found.length).toBeGreaterThan(0);
    }), { numRuns: 500, seed: SEED });
  });

  test('refuses the loss or the change of any single part of real features, predicates and derived ones included', () => {
    const { featureGroups } = sensorSpec()._toDocument();
    for (const { features } of featureGroups) {
      features.forEach((feature, index) => placesIn(feature).forEach((_, place) => ['remove', 'replace'].forEach((kind) => {
        const mutant = mutated(feature, place, 'something else', kind);
        expect(violations(features, features.map((other, at) => (at === index ? mutant : other)))).not.toEqual([]);
      })));
    }
  });

  test('finds nothing wrong with equal features, and with more of them behind', () => {
    fc.assert(fc.property(fc.array(parts, { maxLength: 4 }), fc.nat(4), (documents, lockedCount) => {
      const features = documents.map((document, index) => ({ ...plain(document), name: `feature_${index}` }));
      expect(violations(features.slice(0, lockedCount), features.map((feature) => plain(feature) as unknown as LockedFeature))).toEqual([]);
    }), { numRuns: 200, seed: SEED });
  });

  test('refuses every order but the locked one', () => {
    const names = ['a', 'b', 'c', 'd'];
    fc.assert(fc.property(fc.shuffledSubarray([...names, 'x', 'y'], { minLength: 6, maxLength: 6 }), (order) => {
      const found = violations(names.map((name) => ({ name })), order.map((name) => ({ name })));
      expect(found.length === 0).toBe(order.slice(0, 4).join() === names.join());
    }), { numRuns: 720, seed: SEED });
  });
});

function add(list: string[], kind: string): void {
  list.push(`${kind}_${list.length}`);
}

function renew(group: Model['groups'][number]): void {
  group.version += 1;
  group.features = ['feature_0'];
}

function declarationOf({ table, columns, moves, ids, slotMinutes, groups }: Model): Partial<FeatureSpecProps> {
  return {
    events: cardEvents({
      table: `events_${table}`,
      eventId: ids[0],
      eventIdFallbackSources: ids.slice(1),
      columns: [Column.string('card_id', { required: true }), ...columns.map((name) => Column.double(name, { source: `$.place_${moves}.${name}` }))],
    }),
    slot: Slot.every(Duration.minutes(slotMinutes)),
    featureGroups: groups.map(({ name, version, features }, index) => new FeatureGroupSpec({
      name,
      version,
      entity: ['card_id'],
      features: features.map((feature) => Feature.count(feature, { window: Duration.hours(version) })),
      timeToLive: Duration.days(30 + index),
    })),
  };
}

/** A document as it comes out of a file. */
function plain(document: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(document));
}

function violations(locked: LockedFeature[], declared: LockedFeature[]): Problem[] {
  const lock = (features: LockedFeature[]): SpecLock => ({
    lockVersion: 1,
    events: { name: 'login', table: 'logins', eventId: 'id', eventTime: { column: 'at', format: 'iso8601' }, columns: [] },
    featureGroups: [{ name: 'users', version: 1, featureGroupName: 'users_v1', table: 'users', entity: ['user_id'], features }],
  });
  const problems = new Problems();
  const document = { ...lock(declared).events, columns: [], allowedLatenessUs: 1, allowedSkewUs: 0, arrivalSlackUs: 1 };
  addLockViolations(problems, lock(locked), lock(declared), document);
  try {
    problems.throwIfAny('SpecLockViolated');
    return [];
  } catch (error) {
    return (error as { problems: Problem[] }).problems;
  }
}

/** The feature with one of its parts, however deep, replaced, removed or given one more; its name stays. */
function mutated(feature: LockedFeature, place: number, value: unknown, kind: string): LockedFeature {
  const copy = plain(feature) as any;
  const all = placesIn(copy);
  const [owner, key] = all[place % all.length];
  if (kind === 'add' && typeof owner[key] === 'object' && owner[key] !== null) {
    if (Array.isArray(owner[key])) owner[key].push(value);
    else owner[key].added = value;
  } else if (kind === 'remove') {
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else delete owner[key];
  } else {
    owner[key] = plain({ value }).value;
  }
  return copy;
}

/** Every part of a document that can be changed, as its owner and key. */
function placesIn(owner: any): [any, string][] {
  return Object.keys(owner).filter((key) => key !== 'name').flatMap((key) => {
    const value = owner[key];
    return [[owner, key], ...(typeof value === 'object' && value !== null ? placesIn(value) : [])] as [any, string][];
  });
}
