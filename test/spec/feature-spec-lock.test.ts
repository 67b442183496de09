import { Duration } from 'aws-cdk-lib';
import { Column } from '../../src/spec/column';
import { ColumnType } from '../../src/spec/column-type';
import { DecimalRounding } from '../../src/spec/decimal-rounding';
import { EventSchemaProps } from '../../src/spec/event-schema';
import { EventTime, EventTimeFormat } from '../../src/spec/event-time';
import { Feature } from '../../src/spec/feature';
import { FeatureGroupSpec, FeatureGroupSpecProps } from '../../src/spec/feature-group-spec';
import { FeatureSpecProps } from '../../src/spec/feature-spec';
import { LabelSource } from '../../src/spec/label-source';
import { Predicate } from '../../src/spec/predicate';
import { Slot } from '../../src/spec/slot';
import { WindowBoundary } from '../../src/spec/window-boundary';
import { CommittedLock, Refusal } from '../fixtures/locks';
import { cardEvents, cardFeatures } from '../fixtures/specs';

const FIX = 'run synth once with MEDALLION_SPEC_LOCK=update in the environment and commit the file';
const V2 = 'declare version 2 of the group';
const REDEFINED = `restore it and add the new definition under another name, or ${V2}`;
const hour = { window: Duration.hours(1) };

let lock: CommittedLock;

beforeEach(() => {
  lock = new CommittedLock();
});

afterEach(() => {
  lock.remove();
});

const columns = cardEvents().columns;
const features = cardFeatures().features;
const events = (props: Partial<EventSchemaProps>): Partial<FeatureSpecProps> => ({ events: cardEvents(props) });
const group = (props: Partial<FeatureGroupSpecProps>): Partial<FeatureSpecProps> => ({ featureGroups: [cardFeatures(props)] });
const withColumns = (...added: Column[]) => events({ columns: [...columns, ...added] });
const withFirst = (first: Feature) => group({ features: [first, ...features.slice(1)] });
const merchants = (props: Partial<FeatureGroupSpecProps> = {}) => new FeatureGroupSpec({
  name: 'merchant_features', version: 1, entity: ['merchant_id'], features: [Feature.count('merchant_txn_count_1h', hour)], ...props,
});

const violated = (...lines: string[]): Refusal => ({ code: 'SpecLockViolated', lines });
const outdated = (...lines: string[]): Refusal => ({ code: 'SpecLockOutdated', lines });
const addition = (where: string, got: string) => `${where}: got ${got}, expected what the lock file lists; ${FIX}`;

describe('the lock of a FeatureSpec', () => {
  test('remembers what gives stored data its meaning, and not which lines are accepted', () => {
    lock.commit({ ...events({ columns: columns.slice(0, 3) }), ...group({ features: features.slice(0, 2) }) });
    expect(JSON.parse(lock.text)).toEqual({
      lockVersion: 1,
      events: {
        name: 'card_authorization',
        table: 'card_transactions',
        eventId: 'event_id',
        eventTime: { column: 'ts', format: 'unix_seconds' },
        columns: [
          { name: 'card_id', type: 'string' },
          { name: 'merchant_id', type: 'string' },
          { name: 'amount', type: 'decimal', precision: 12, scale: 2 },
        ],
      },
      featureGroups: [{
        name: 'card_features',
        version: 1,
        featureGroupName: 'rt_card_features_v1',
        table: 'card_features',
        entity: ['card_id'],
        features: [
          {
            name: 'txn_count_1h',
            aggregation: 'count',
            window: { lengthUs: 3_600_000_000, offsetUs: 0, closed: 'left' },
            result: { type: 'integer' },
            emptyValue: '0',
          },
          {
            name: 'txn_amount_1h',
            aggregation: 'sum',
            column: 'amount',
            window: { lengthUs: 3_600_000_000, offsetUs: 0, closed: 'left' },
            result: { type: 'decimal', precision: 19, scale: 2 },
            emptyValue: '0',
          },
        ],
      }],
    });
  });

  test('accepts what it remembers', () => {
    expect(lock.commit().refusalOf()).toBeUndefined();
  });

  test('is not asked for where no file is named', () => {
    expect(lock.refusalOf({ lockFile: undefined })).toBeUndefined();
  });

  test('serves two platforms with the same declaration', () => {
    lock.commit().commit();
    expect([lock.refusalOf(), lock.refusalOf()]).toEqual([undefined, undefined]);
  });
});

describe('an addition', () => {
  test('is refused by synthesis until it is locked, each with what to run', () => {
    lock.commit();
    const added = {
      ...withColumns(Column.string('device'), Column.double('score')),
      featureGroups: [merchants(), cardFeatures({ features: [...features, Feature.count('txn_count_2h', { window: Duration.hours(2) })] })],
    };
    expect(lock.refusalOf(added)).toEqual(outdated(
      addition('events.columns.device', 'a new column'),
      addition('events.columns.score', 'a new column'),
      addition('featureGroups.merchant_features', 'a new feature group'),
      addition('featureGroups.card_features.features.txn_count_2h', 'a new feature'),
    ));
    expect(lock.commit(added).refusalOf(added)).toBeUndefined();
  });

  test('cannot be taken back once it is locked', () => {
    lock.commit().commit(group({ features: [...features, Feature.count('txn_count_2h', { window: Duration.hours(2) })] }));
    expect(lock.refusalOf()).toEqual(violated(`features.txn_count_2h: got no such feature, expected the locked one; declare it again in its place, or ${V2}`));
  });

  test('of a column may stand anywhere, because tables tell columns by their names', () => {
    lock.commit();
    const added = events({ columns: [Column.string('device'), ...columns] });
    expect(lock.refusalOf(added)).toEqual(outdated(addition('events.columns.device', 'a new column')));
    lock.commit(added);
    expect(JSON.parse(lock.text).events.columns.map(({ name }: { name: string }) => name)).toEqual([...columns.map(({ name }) => name), 'device']);
  });

  test('of a version replaces the one that is locked', () => {
    lock.commit();
    const second = group({ version: 2, featureGroupName: undefined, table: 'card_features_v2', entity: ['merchant_id'], features: features.slice(3) });
    expect(lock.refusalOf(second)).toEqual(outdated(addition('featureGroups.card_features.version', 'the new version 2')));
    expect(lock.commit(second).refusalOf(second)).toBeUndefined();
    expect(lock.refusalOf()).toEqual(violated(
      'featureGroups.card_features.version: got 1, expected 2, which is locked, or a greater one; declare what is locked, or declare version 3',
    ));
  });

  test('may skip versions', () => {
    expect(lock.commit().refusalOfUpdate(group({ version: 7, featureGroupName: undefined, table: 'card_features_v7' }))).toBeUndefined();
  });

  test('of an events table begins anew, with a new version of every group', () => {
    lock.commit({ featureGroups: [cardFeatures(), merchants()] });
    const anew = {
      events: cardEvents({ table: 'card_transactions_v2', eventId: 'id', eventTime: EventTime.iso8601('at'), columns: columns.slice(0, 3) }),
      featureGroups: [
        cardFeatures({ version: 2, featureGroupName: 'rt_card_features_v2', table: 'card_features_v2', features: features.slice(0, 2) }),
        merchants({ version: 2, table: 'merchant_features_v2' }),
      ],
    };
    expect(lock.refusalOf(anew)).toEqual(outdated(
      addition('events.table', "the new table 'card_transactions_v2'"),
      addition('featureGroups.card_features.version', 'the new version 2'),
      addition('featureGroups.merchant_features.version', 'the new version 2'),
    ));
    expect(lock.commit(anew).refusalOf(anew)).toBeUndefined();
  });
});

describe('a change that is free', () => {
  const optional = Column.string('channel', { maxLength: 10 });

  test.each<[string, Partial<FeatureSpecProps>]>([
    ['the slot', { slot: Slot.every(Duration.minutes(5)) }],
    ['the datasets', { datasets: { period: Duration.days(60), validationShare: 0.1 } }],
    ['the buffer interval', { bufferInterval: Duration.seconds(90) }],
    ['how late and how early events may be', events({ allowedLateness: Duration.days(20), allowedSkew: Duration.minutes(1), columns: [...columns, optional] })],
    ['how long online records live', { ...withColumns(optional), ...group({ timeToLive: Duration.days(30) }) }],
    ['a column that is now required', withColumns(Column.string('channel', { required: true, maxLength: 10 }))],
    ['the rules of a column', withColumns(Column.string('channel', { pattern: '^[a-z]+$', allowedValues: ['web', 'shop'] }))],
    ['the order of columns', events({ columns: [optional, ...columns] })],
  ])('is %s', (_, props) => {
    lock.commit(withColumns(optional));
    expect(lock.refusalOf({ ...withColumns(optional), ...props })).toBeUndefined();
  });

  test('is a column that is no longer required, a bound, and how a decimal is rounded', () => {
    lock.commit();
    const freed = columns.map((column) => {
      if (column.name === 'merchant_id') return Column.string('merchant_id');
      if (column.name !== 'amount') return column;
      return Column.decimal('amount', { precision: 12, scale: 2, lessThan: 1_000, rounding: DecimalRounding.HALF_EVEN });
    });
    expect(lock.refusalOf(events({ columns: freed }))).toBeUndefined();
  });

  test('is the order of groups, which the file keeps as it was', () => {
    const text = lock.commit({ featureGroups: [cardFeatures(), merchants()] }).text;
    expect(lock.refusalOf({ featureGroups: [merchants(), cardFeatures()] })).toBeUndefined();
    expect(lock.commit({ featureGroups: [merchants(), cardFeatures()] }).text).toBe(text);
  });
});

describe('the type of labels', () => {
  const where = 'datasets.labels.labelType';
  const labelled = (labelType?: ColumnType): Partial<FeatureSpecProps> =>
    ({ datasets: { labels: LabelSource.csv({ eventId: 'id', label: 'fraud', labelTime: 'at', labelType }) } });
  const second = group({ version: 2, featureGroupName: undefined, table: 'card_features_v2' });

  test('is locked with the first labels, in each group', () => {
    lock.commit();
    expect(lock.refusalOf(labelled())).toEqual(outdated(addition(where, "'double', new to 'card_features'")));
    expect(lock.commit(labelled()).refusalOf(labelled())).toBeUndefined();
    expect(JSON.parse(lock.text).featureGroups[0].labelType).toBe('double');
  });

  test('cannot change, because the training sets that are stored have it', () => {
    lock.commit(labelled());
    expect(lock.refusalOfUpdate(labelled(ColumnType.STRING))).toEqual(violated(
      `${where}: got 'string', expected 'double', which is locked for the training sets of 'card_features'; restore it, or ${V2}`,
    ));
  });

  test('is remembered while there are no labels', () => {
    const text = lock.commit(labelled(ColumnType.STRING)).text;
    expect(lock.refusalOf()).toBeUndefined();
    expect(lock.commit().text).toBe(text);
    expect(lock.refusalOf(labelled())?.code).toBe('SpecLockViolated');
  });

  test('is free under a new version of the group, whose training sets have a table of their own', () => {
    lock.commit(labelled());
    const retyped = { ...second, ...labelled(ColumnType.BOOLEAN) };
    expect(lock.commit(retyped).refusalOf(retyped)).toBeUndefined();
    expect(JSON.parse(lock.text).featureGroups[0].labelType).toBe('boolean');
  });

  test('is forgotten with the version that had it', () => {
    lock.commit(labelled()).commit(second);
    expect(JSON.parse(lock.text).featureGroups[0]).not.toHaveProperty('labelType');
  });

  test('is refused in a file where it is no text', () => {
    lock.commit(labelled()).edit((content) => { content.featureGroups[0].labelType = 1; });
    expect(lock.refusalOf(labelled())?.lines).toEqual([expect.stringMatching(/labelType: got 1, expected text; /)]);
  });

  test('leaves format, folder and maturity of the labels free', () => {
    lock.commit(labelled());
    const labels = LabelSource.parquet({
      eventId: 'a', label: 'b', labelTime: 'c', labelTimeFormat: EventTimeFormat.UNIX_MILLIS, prefix: 'labels/x/', maturity: Duration.days(1),
    });
    expect(lock.refusalOf({ datasets: { labels } })).toBeUndefined();
  });
});

describe('a change of features that is refused', () => {
  beforeEach(() => {
    lock.commit();
  });

  test.each<[string, Feature, string[]]>([
    ['window', Feature.count('txn_count_1h', { window: Duration.hours(2) }), [
      `features.txn_count_1h.window.lengthUs: got 2 hours, expected 1 hour, which is locked; ${REDEFINED}`,
    ]],
    ['offset', Feature.count('txn_count_1h', { ...hour, offset: Duration.minutes(95) }), [
      `features.txn_count_1h.window.offsetUs: got 95 minutes, expected 0 seconds, which is locked; ${REDEFINED}`,
    ]],
    ['boundary', Feature.count('txn_count_1h', { ...hour, closed: WindowBoundary.BOTH }), [
      `features.txn_count_1h.window.closed: got 'both', expected 'left', which is locked; ${REDEFINED}`,
    ]],
    ['aggregation and column', Feature.max('txn_count_1h', { ...hour, of: 'amount' }), [
      `features.txn_count_1h.aggregation: got 'max', expected 'count', which is locked; ${REDEFINED}`,
      `features.txn_count_1h.result.type: got 'decimal', expected 'integer', which is locked; ${REDEFINED}`,
      `features.txn_count_1h.result.precision: got 12, expected nothing, which is locked; ${REDEFINED}`,
      `features.txn_count_1h.result.scale: got 2, expected nothing, which is locked; ${REDEFINED}`,
      `features.txn_count_1h.emptyValue: got nothing, expected '0', which is locked; ${REDEFINED}`,
      `features.txn_count_1h.column: got 'amount', expected nothing, which is locked; ${REDEFINED}`,
    ]],
  ])('names the old and the new %s', (_, first, lines) => {
    expect(lock.refusalOf(withFirst(first))).toEqual(violated(...lines));
  });

  test('names the old and the new predicate, as deep as both have it', () => {
    const card = (where?: Predicate) => group({ features: [...features, Feature.count('risky_count_1h', { ...hour, where })] });
    const online = Predicate.equalTo('pos_mode', 'online');
    const where = 'features.risky_count_1h.where';
    lock.commit(card(Predicate.allOf(online, Predicate.greaterThan('amount', 100))));
    expect(lock.refusalOf(card(Predicate.allOf(online, Predicate.greaterThanOrEqualTo('amount', 99.5))))).toEqual(violated(
      `${where}.predicates[1].comparison: got 'greaterThanOrEqualTo', expected 'greaterThan', which is locked; ${REDEFINED}`,
      `${where}.predicates[1].value: got '99.5', expected '100', which is locked; ${REDEFINED}`,
    ));
    expect(lock.refusalOf(card())?.lines).toEqual([
      `${where}: got nothing, expected {"combination":"allOf","predicates":[{"comparison":"equalTo","column":"pos_mode"..., which is locked; ${REDEFINED}`,
    ]);
  });

  test('names the operands of a derived feature, which becomes another one by their order', () => {
    const change = (minuend: string, subtrahend: string) => group({ features: [...features, Feature.difference('change', { minuend, subtrahend })] });
    lock.commit(change('txn_count_1h', 'merchant_count_24h'));
    expect(lock.refusalOf(change('merchant_count_24h', 'txn_count_1h'))).toEqual(violated(
      `features.change.operands[0]: got 'merchant_count_24h', expected 'txn_count_1h', which is locked; ${REDEFINED}`,
      `features.change.operands[1]: got 'txn_count_1h', expected 'merchant_count_24h', which is locked; ${REDEFINED}`,
    ));
  });

  test('names each feature that is missing', () => {
    expect(lock.refusalOf(group({ features: features.slice(2) }))).toEqual(violated(
      `features.txn_count_1h: got no such feature, expected the locked one; declare it again in its place, or ${V2}`,
      `features.txn_amount_1h: got no such feature, expected the locked one; declare it again in its place, or ${V2}`,
    ));
  });

  test('names the feature that moved', () => {
    const [first, second, ...rest] = features;
    expect(lock.refusalOf(group({ features: [second, first, ...rest] }))).toEqual(violated(
      "features.txn_count_1h: got a place behind 'txn_amount_1h', expected the locked order, and new features at the end; move it before 'txn_amount_1h'",
    ));
  });

  test('names each locked feature that new ones stand before', () => {
    const added = ['first_new', 'second_new'].map((name) => Feature.count(name, hour));
    const moved = (name: string) =>
      `features.${name}: got a place behind 'first_new', expected the locked order, and new features at the end; move it before 'first_new'`;
    expect(lock.refusalOf(group({ features: [...features.slice(0, 7), ...added, ...features.slice(7)] }))).toEqual(
      violated(moved('last_country'), moved('last_pos_mode')),
    );
  });

  test('calls a feature of another name a removed one, since its values stay under the old name', () => {
    const renamed = withFirst(Feature.count('txn_count_60m', hour));
    expect(lock.refusalOf(renamed)?.lines).toContain(
      `features.txn_count_1h: got no such feature, expected the locked one; declare it again in its place, or ${V2}`,
    );
  });
});

describe('a change of groups that is refused', () => {
  test('is another entity, feature group or table under the same version', () => {
    lock.commit({ featureGroups: [cardFeatures(), merchants()] });
    const changed = {
      featureGroups: [cardFeatures({ entity: ['merchant_id'], featureGroupName: 'rt_cards', table: 'cards' }), merchants({ entity: ['merchant_id', 'card_id'] })],
    };
    expect(lock.refusalOf(changed)).toEqual(violated(
      `featureGroups.card_features.featureGroupName: got 'rt_cards', expected 'rt_card_features_v1', which is locked; restore it, or ${V2}`,
      `featureGroups.card_features.table: got 'cards', expected 'card_features', which is locked; restore it, or ${V2}`,
      `featureGroups.card_features.entity[0]: got 'merchant_id', expected 'card_id', which is locked; restore it, or ${V2}`,
      `featureGroups.merchant_features.entity: got ["merchant_id","card_id"], expected ["merchant_id"], which is locked; restore it, or ${V2}`,
    ));
  });

  test('is the order of the columns of an entity, which is part of its key', () => {
    lock.commit({ featureGroups: [merchants({ entity: ['merchant_id', 'card_id'] })] });
    expect(lock.refusalOf({ featureGroups: [merchants({ entity: ['card_id', 'merchant_id'] })] })?.code).toBe('SpecLockViolated');
  });

  test('is a group that is no longer declared', () => {
    lock.commit({ featureGroups: [cardFeatures(), merchants()] });
    expect(lock.refusalOf()).toEqual(violated(
      'featureGroups.merchant_features: got no such group, expected the locked one, or a greater version of it; '
      + 'declare it again; to give it up for good, delete it from the lock file by hand',
    ));
  });

  test('is a new name for a group, whose stored data would get a second owner', () => {
    lock.commit();
    expect(lock.refusalOf(group({ name: 'cards', table: 'card_features' }))).toEqual(violated(
      "featureGroups.cards.table: got 'card_features', expected a table without stored data; choose another name, or restore what this one was locked for",
      "featureGroups.cards.featureGroupName: got 'rt_card_features_v1', expected a feature group without stored data; choose another name, or restore what this one was locked for",
      'featureGroups.card_features: got no such group, expected the locked one, or a greater version of it; '
      + 'declare it again; to give it up for good, delete it from the lock file by hand',
    ));
  });

  test('is a new version in the feature group or table of the old one', () => {
    lock.commit();
    expect(lock.refusalOf(group({ version: 2, table: 'card_features' }))).toEqual(violated(
      "featureGroups.card_features.table: got 'card_features', expected a table without stored data; choose another name, or restore what this one was locked for",
      "featureGroups.card_features.featureGroupName: got 'rt_card_features_v1', expected a feature group without stored data; choose another name, or restore what this one was locked for",
    ));
  });
});

describe('a source', () => {
  const moved = (eventId: string, fallbacks: string[], eventTime: EventTime) => events({ eventId, eventIdFallbackSources: fallbacks, eventTime });

  test('of a column is free, because rows do not tell where a line had their values', () => {
    lock.commit();
    const text = lock.text;
    const renamed = columns.map((column) => (column.name === 'country' ? Column.string('country', { source: '$.merchant.country' }) : column));
    expect(lock.refusalOf(events({ columns: renamed }))).toBeUndefined();
    expect(lock.commit(events({ columns: renamed })).text).toBe(text);
  });

  test('of id or time may be added behind the locked one, and is not remembered', () => {
    const text = lock.commit().text;
    const added = moved('event_id', ['id'], EventTime.unixSeconds('ts', { fallbackSources: ['$.meta.ts'] }));
    expect(lock.refusalOf(added)).toBeUndefined();
    expect(lock.commit(added).text).toBe(text);
  });

  test('of id or time may take the place of the locked one, which stays behind it until the new one is locked', () => {
    lock.commit();
    const both = moved('$.meta.id', ['id', '$.event_id'], EventTime.unixSeconds('$.meta.ts', { fallbackSources: ['ts'] }));
    const only = moved('$.meta.id', [], EventTime.unixSeconds('$.meta.ts'));
    expect(lock.refusalOf(only)?.code).toBe('SpecLockViolated');
    expect(lock.refusalOf(both)).toEqual(outdated(
      addition('events.eventId', "the new source '$.meta.id'"), addition('events.eventTime.column', "the new source '$.meta.ts'"),
    ));
    expect(lock.commit(both).refusalOf(both)).toBeUndefined();
    expect(JSON.parse(lock.text).events).toMatchObject({ eventId: '$.meta.id', eventTime: { column: '$.meta.ts', format: 'unix_seconds' } });
    expect(lock.refusalOf(only)).toBeUndefined();
    expect(lock.refusalOf()?.code).toBe('SpecLockViolated');
  });

  test('may be spelt in another way', () => {
    lock.commit();
    const spelt = moved('$.event_id', [], EventTime.unixSeconds("$['ts']"));
    expect(lock.refusalOf(spelt)?.code).toBe('SpecLockOutdated');
    expect(lock.commit(spelt).refusalOf()?.code).toBe('SpecLockOutdated');
  });

  test('that was edited into what names no place is not among any sources', () => {
    lock.commit().edit((content) => { content.events.eventId = '$.'; });
    expect(lock.refusalOf()?.lines).toEqual([expect.stringMatching(/^events\.eventId: got 'event_id', expected '\$\.', which is locked/)]);
  });
});

describe('a change of events that is refused', () => {
  const ANEW = 'restore it, or begin anew with another events table and a new version of every group';
  const MOVED = ANEW.replace(', or', ', name it as a fallback source while bronze has such events, or');

  test('is another name, id or time of the events in the same table', () => {
    lock.commit();
    expect(lock.refusalOf(events({ name: 'authorization', eventId: 'id', eventTime: EventTime.unixMillis('time') }))).toEqual(violated(
      `events.name: got 'authorization', expected 'card_authorization', which is locked; ${ANEW}`,
      `events.eventId: got 'id', expected 'event_id', which is locked, here or among the fallback sources; ${MOVED}`,
      `events.eventTime.column: got 'time', expected 'ts', which is locked, here or among the fallback sources; ${MOVED}`,
      `events.eventTime.format: got 'unix_millis', expected 'unix_seconds', which is locked; ${ANEW}`,
    ));
  });

  test('is a column that is removed, retyped, or required from its first day', () => {
    const changed = columns.filter(({ name }) => name !== 'pos_mode').map((column) => (column.name === 'country' ? Column.integer('country') : column));
    const kept = group({ features: features.slice(0, 7) });
    lock.commit(kept);
    expect(lock.refusalOf({ ...kept, ...events({ columns: [...changed, Column.string('device', { required: true })] }) })).toEqual(violated(
      'events.columns.country.type: got integer, expected string, which is locked; restore it, and declare a column of another name with the new type',
      'events.columns.device.required: got true for a new column, expected an optional one; set required later, when every producer sends the column',
      'events.columns.pos_mode: got no such column, expected the string column, which is locked; declare it again; an optional column may be missing from every event',
    ));
  });

  test.each([[14, 2], [12, 3], [10, 2]])('is the type decimal(%i,%i) instead of decimal(12,2)', (precision, scale) => {
    lock.commit();
    const changed = columns.map((column) => (column.name === 'amount' ? Column.decimal('amount', { precision, scale }) : column));
    expect(lock.refusalOf(events({ columns: changed }))?.lines).toContain(
      `events.columns.amount.type: got decimal(${precision},${scale}), expected decimal(12,2), which is locked; `
      + 'restore it, and declare a column of another name with the new type',
    );
  });

  test('is another table under the same versions, whose rows would no longer follow from it', () => {
    lock.commit();
    expect(lock.refusalOf(events({ table: 'card_transactions_v2' }))).toEqual(violated(
      'featureGroups.card_features.version: got 1 over another events table, expected more than 1; '
      + "declare version 2, whose rows follow from 'card_transactions_v2' alone",
    ));
  });

  test('is a table that another group has filled', () => {
    lock.commit();
    const taken = { ...events({ table: 'card_features' }), ...group({ version: 2, featureGroupName: 'rt_v2', table: 'card_features_v2' }) };
    expect(lock.refusalOf(taken)).toEqual(violated(
      "events.table: got 'card_features', expected a table without stored data; choose another name, or restore what this one was locked for",
    ));
  });
});

describe('all refusals of a lock', () => {
  test('come in one error, in the order of the declaration, and hide what is only new', () => {
    lock.commit({ featureGroups: [cardFeatures(), merchants()] });
    const changed = {
      events: cardEvents({ eventId: 'id', columns: [...columns, Column.string('device')] }),
      featureGroups: [cardFeatures({ version: 2, featureGroupName: 'rt_v2' }), merchants({ features: [Feature.count('merchant_txn_count_1h', { window: Duration.days(1) })] })],
    };
    expect(lock.refusalOf(changed)?.lines.map((line) => line.split(': ')[0])).toEqual([
      'events.eventId', 'featureGroups.merchant_features.features.merchant_txn_count_1h.window.lengthUs',
    ]);
  });

  test('stand although the environment asks for an update, which writes nothing then', () => {
    const text = lock.commit().text;
    const changed = { ...withColumns(Column.string('device')), ...group({ features: features.slice(1) }) };
    expect(lock.refusalOfUpdate(changed)?.code).toBe('SpecLockViolated');
    expect(lock.text).toBe(text);
  });

  test('are one line where the file belongs to another declaration', () => {
    lock.commit({ events: cardEvents({ name: 'login', table: 'logins' }), featureGroups: [merchants()] });
    const line = "lockFile: got the lock of another declaration, with the table 'logins', expected that of the table 'card_transactions', or of a group that is declared; "
      + 'give each declaration a lock file of its own';
    expect(lock.refusalOf()).toEqual(violated(line));
    expect(lock.refusalOfUpdate()).toEqual(violated(line));
  });
});
