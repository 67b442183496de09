import { Aws, Duration, Lazy, Token } from 'aws-cdk-lib';
import * as schema from '../../assets/contract/feature-spec.schema.json';
import { Column } from '../../src/spec/column';
import { ColumnType } from '../../src/spec/column-type';
import { DecimalRounding } from '../../src/spec/decimal-rounding';
import { EventTime } from '../../src/spec/event-time';
import { Feature } from '../../src/spec/feature';
import { LabelSource } from '../../src/spec/label-source';
import { Slot } from '../../src/spec/slot';
import { withColumn, withEvents, withFeature, withGroup, withSpec } from '../fixtures/problems';
import { cardEvents, cardFeatures } from '../fixtures/specs';

const week = { window: Duration.days(7) };

describe('FeatureSpec', () => {
  test('names every problem at once, in the order of the declaration, each with its fix', () => {
    const events = cardEvents({
      columns: [Column.string('card_id'), Column.decimal('amount', { precision: 19, scale: 2 }), Column.string('dt')],
    });
    const group = cardFeatures({
      version: 0,
      features: [
        Feature.count('txn_count_0', { window: Duration.minutes(0) }),
        Feature.sum('txn_cards', { of: 'card_id', ...week }),
        Feature.sum('txn_total', { of: 'amuont', ...week }),
      ],
    });

    expect(withSpec({ events, featureGroups: [group], slot: Slot.every(Duration.minutes(45)) })).toEqual([
      'events.columns.amount.precision: got 19, expected a whole number from 1 to 18; count the digits of the largest value, decimals included',
      "events.columns.dt.name: got 'dt', expected a name that the platform does not use itself; rename it, for example to 'my_dt', "
      + "and keep the producer's key: set source to 'dt'",
      'featureGroups.card_features.version: got 0, expected a whole number of 1 or more; start with version 1',
      "featureGroups.card_features.entity.card_id: got an optional column, expected a required one; declare the column 'card_id' with required: true",
      'features.txn_count_0.window: got 0 seconds, expected whole microseconds from 1 microsecond to 3650 days; choose a length that the events in the lake can fill',
      "features.txn_cards.of: got the string column 'card_id', expected a column of type integer, decimal, double for sum; choose another column or aggregation",
      "features.txn_total.of: got 'amuont', expected a declared column: 'card_id', 'amount', 'dt'; correct the name or declare the column",
      'slot.length: got 45 minutes, expected minutes that divide an hour, or hours that divide a day; choose a length such as 10 or 15 minutes',
    ]);
  });

  test('prints no token, whatever is one', () => {
    const text = Lazy.string({ produce: () => 'secret' });
    const number = Token.asNumber({ Ref: 'Secret' });
    const duration = Duration.minutes(number);
    const events = cardEvents({
      name: text,
      eventId: text,
      eventTime: EventTime.iso8601(text),
      table: text,
      allowedLateness: duration,
      allowedSkew: duration,
      columns: [
        Column.string(text, { pattern: text, maxLength: number, allowedValues: [text] }),
        Column.decimal('amount', { precision: number, scale: number, greaterThan: number }),
      ],
    });
    const group = cardFeatures({
      name: text,
      version: number,
      entity: [text],
      featureGroupName: Aws.STACK_NAME,
      table: Aws.REGION,
      timeToLive: duration,
      features: [Feature.mean(text, { of: text, window: duration, offset: duration })],
    });
    const labels = LabelSource.csv({ eventId: text, label: text, labelTime: text, prefix: text, maturity: duration });

    const problems = withSpec({
      events,
      featureGroups: [group],
      slot: Slot.every(duration, { watermarkDelay: duration }),
      bufferInterval: duration,
      datasets: { period: duration, validationShare: number, labels },
    });

    // events 6 + text column 4 + decimal 3, group 6 + feature 4, slot 2, buffer 1, datasets 2 + labels 5
    expect(problems).toHaveLength(33);
    for (const problem of problems) {
      expect(problem).not.toMatch(/Token|secret|Secret|e\+?289/);
      expect(problem).toMatch(/^[\w.[\]]+: got .+, expected .+; .+[^.]$/);
    }
  });

  test.each([
    ['Amount'], ['1st'], ['with-hyphen'], ['with space'], ['ends_'], ['_starts'], [''], ['a'.repeat(65)], ['ümlaut'],
  ])('fails when a column is named %p', (name) => {
    expect(withColumn(Column.string(name))).toEqual([expect.stringMatching(
      /^events\.columns\[6\]\.name: got '.*', expected up to 64 lower-case letters, digits and underscores, from a letter to a letter or digit; /,
    )]);
  });

  test.each([['a'], ['a'.repeat(64)], ['a__b'], ['a1']])('accepts a column named %p', (name) => {
    expect(withColumn(Column.string(name))).toEqual([]);
  });

  test.each(schema.$defs.columnName.not.enum)('fails when a column or feature is named %s', (name) => {
    expect(withColumn(Column.string(name))).toContainEqual(expect.stringContaining(`events.columns.${name}.name: got '${name}'`));
    expect(withFeature(Feature.count(name, week))).toContainEqual(expect.stringContaining(`features.${name}.name: got '${name}'`));
  });

  test('lets the raw event id and event time have the names that the platform gives them', () => {
    expect(withEvents({ eventId: 'event_id', eventTime: EventTime.iso8601('event_time') })).toEqual([]);
  });

  test('fails when a column is declared twice, or is the event time or id as well', () => {
    expect(withColumn(Column.string('country'))).toEqual([
      "events.columns.country.name: got 'country', expected a name that no other column has; rename it, or the one at events.columns.country.name",
    ]);
    expect(withColumn(Column.integer('ts'))).toEqual([expect.stringContaining('or the one at events.eventTime')]);
    expect(withEvents({ eventId: 'ts' })).toEqual([expect.stringContaining('or the one at events.eventId')]);
  });

  test('fails when there are no columns', () => {
    expect(withEvents({ columns: [] })[0]).toMatch(/^events\.columns: got none/);
  });

  test.each([[0, 0], [19, 0], [5, 6], [5, -1], [1.5, 0], [NaN, 0]])('fails when a decimal has %d digits and %d decimals', (precision, scale) => {
    expect(withColumn(Column.decimal('fee', { precision, scale }))).toEqual([expect.stringMatching(/^events\.columns\.fee\.(precision|scale): got /)]);
  });

  test.each([[1, 0], [1, 1], [18, 0], [18, 18]])('accepts a decimal of %d digits and %d decimals', (precision, scale) => {
    expect(withColumn(Column.decimal('fee', { precision, scale }))).toEqual([]);
  });

  test.each([
    [{ greaterThan: 1, lessThan: 1 }], [{ greaterThanOrEqualTo: 1, lessThan: 1 }], [{ greaterThan: 2, lessThanOrEqualTo: 1 }],
    [{ greaterThan: 0, lessThan: 1 }], [{ greaterThanOrEqualTo: 0.1, lessThanOrEqualTo: 0.9 }],
  ])('fails when no integer satisfies %p', (bounds) => {
    expect(withColumn(Column.integer('n', bounds))).toEqual([expect.stringContaining('events.columns.n: got bounds that no value satisfies')]);
  });

  test.each([
    [{ greaterThanOrEqualTo: 1, lessThanOrEqualTo: 1 }], [{ greaterThan: 0, lessThan: 2 }], [{ greaterThan: -5 }], [{ lessThan: 0 }],
  ])('accepts integers that satisfy %p', (bounds) => {
    expect(withColumn(Column.integer('n', bounds))).toEqual([]);
  });

  test('accepts a fraction between the bounds of a double, which no integer satisfies', () => {
    expect(withColumn(Column.double('share', { greaterThan: 0, lessThan: 1 }))).toEqual([]);
  });

  test('fails when a decimal is rounded in another way', () => {
    expect(withColumn(Column.decimal('fee', { precision: 5, scale: 2, rounding: 'half_up' as DecimalRounding }))).toEqual([
      "events.columns.fee.rounding: got 'half_up', expected one of 'refuse', 'half_even'; use one of DecimalRounding",
    ]);
  });

  test('fails when a bound is given twice, or is no number', () => {
    expect(withColumn(Column.double('n', { greaterThan: 0, greaterThanOrEqualTo: 0 }))[0]).toContain('got both greaterThan and greaterThanOrEqualTo');
    expect(withColumn(Column.double('n', { lessThan: 1, lessThanOrEqualTo: 1 }))[0]).toContain('got both lessThan and lessThanOrEqualTo');
    expect(withColumn(Column.double('n', { lessThan: Infinity }))[0]).toContain('events.columns.n.lessThan: got Infinity');
    expect(withColumn(Column.integer('n', { lessThan: 2 ** 53 }))[0]).toContain('events.columns.n.lessThan: got 9007199254740992');
  });

  test('fails when text has no room, or no allowed value, or the same one twice', () => {
    expect(withColumn(Column.string('s', { maxLength: 0 }))[0]).toContain('events.columns.s.maxLength: got 0');
    expect(withColumn(Column.string('s', { maxLength: 358_401 }))[0]).toContain('a whole number from 1 to 358400');
    expect(withColumn(Column.string('s', { maxLength: 358_400 }))).toEqual([]);
    expect(withColumn(Column.string('s', { allowedValues: [] }))[0]).toContain('events.columns.s.allowedValues: got none');
    expect(withColumn(Column.string('s', { allowedValues: ['a', 'a'] }))[0]).toContain("got 'a' twice");
  });

  test('fails when two tables would have one name', () => {
    expect(withEvents({ table: 'card_authorization' })).toEqual([expect.stringContaining("events.table: got 'card_authorization', expected a name that no other table has")]);
    expect(withGroup({ table: 'card_transactions' })).toEqual([expect.stringContaining('featureGroups.card_features.table: got')]);
    expect(withEvents({ table: 'card_features_training' })).toEqual([expect.stringContaining('or the one at events.table')]);
  });

  test('fails when a group or gold table is named like a folder of the platform', () => {
    expect(withGroup({ name: 'manifest', table: 'cards' })).toEqual([expect.stringContaining("featureGroups.manifest.name: got 'manifest'")]);
    expect(withGroup({ name: 'training' })).toEqual([expect.stringContaining("featureGroups.training.table: got 'training'")]);
    expect(withGroup({ name: 'training', version: 2 })).toEqual([]); // whose table is training_v2
  });

  test('fails when two groups have one name, or one name in the store', () => {
    const twice = [cardFeatures(), cardFeatures({ table: 'other_features' })];

    expect(withSpec({ featureGroups: twice })).toEqual([
      expect.stringContaining("featureGroups.card_features.name: got 'card_features'"),
      expect.stringContaining("featureGroups.card_features.featureGroupName: got 'rt_card_features_v1'"),
    ]);
  });

  test.each([['Upper'], ['a'.repeat(65)], ['-a'], ['a-']])('fails when the feature group is named %p in the store', (featureGroupName) => {
    expect(withGroup({ featureGroupName })).toEqual([expect.stringContaining('featureGroups.card_features.featureGroupName: got')]);
  });

  test('fails when the derived name is too long for the store, and says how to choose one', () => {
    expect(withGroup({ name: 'a'.repeat(62), featureGroupName: undefined })).toEqual([expect.stringContaining('set featureGroupName to such a name')]);
    expect(withGroup({ name: 'a'.repeat(61), featureGroupName: undefined })).toEqual([]);
  });

  test('fails when the derived table of a later version is too long or another table', () => {
    const names = { name: 'a'.repeat(62), featureGroupName: 'rt_a_v2' };

    expect(withGroup({ ...names, version: 1 })).toEqual([]);
    expect(withGroup({ ...names, version: 2 })).toEqual([expect.stringMatching(/^featureGroups\.a+\.table: got 'a+_v2', expected up to 64 /)]);
    expect(withEvents({ table: 'card_features_v2' })).toEqual([]);
    expect(withSpec({ events: cardEvents({ table: 'card_features_v2' }), featureGroups: [cardFeatures({ version: 2 })] }))
      .toEqual([expect.stringContaining("featureGroups.card_features.table: got 'card_features_v2', expected a name that no other table has")]);
  });

  test.each([[0], [-1], [1.5], [NaN]])('fails when the version is %d', (version) => {
    expect(withGroup({ version })).toEqual([expect.stringContaining(`featureGroups.card_features.version: got ${version}`)]);
  });

  test('fails when the entity has no columns, one twice, or an unknown one', () => {
    expect(withGroup({ entity: [] })).toEqual([expect.stringContaining('featureGroups.card_features.entity: got no columns')]);
    expect(withGroup({ entity: ['card_id', 'card_id'] })).toEqual([expect.stringContaining("got 'card_id', expected a name that no other entity column has")]);
    expect(withGroup({ entity: ['crad_id'] })).toEqual([expect.stringContaining("featureGroups.card_features.entity.crad_id: got 'crad_id'")]);
  });

  test('fails when the entity is identified by an amount', () => {
    expect(withGroup({ entity: ['amount'] })).toEqual([
      expect.stringContaining('got a decimal column, expected a column of type string or integer'),
      expect.stringContaining('got an optional column'),
    ]);
  });

  test('fails when there are no groups, or no features', () => {
    expect(withSpec({ featureGroups: [] })).toEqual([expect.stringContaining('featureGroups: got none')]);
    expect(withGroup({ features: [] })).toEqual([expect.stringContaining('features: got none')]);
  });

  test('fails when a group needs more definitions than the store has room for', () => {
    const counts = (length: number) => Array.from({ length }, (_, index) => Feature.count(`n${index}`, week));

    expect(withGroup({ features: counts(2_498) })).toEqual([]); // with the record identifier and the event time: 2,500
    expect(withGroup({ features: counts(2_499) })).toEqual([expect.stringContaining('got 2501 definitions with those of the record itself, expected at most 2500')]);
    expect(withGroup({ features: counts(2_497), entity: ['card_id', 'merchant_id'] })).toEqual([expect.stringContaining('got 2501 definitions')]);
  });

  test('fails when a feature is named like another one or like a column', () => {
    expect(withGroup({ features: [Feature.count('n', week), Feature.count('n', week)] })).toEqual([expect.stringContaining("features.n.name: got 'n'")]);
    expect(withFeature(Feature.count('amount', week))).toEqual([expect.stringContaining('or the one at events.columns.amount')]);
  });

  test('fails when an untyped program leaves the column out', () => {
    expect(withFeature((Feature.sum as any)('n', week))).toEqual([expect.stringMatching(/^features\.n\.of: got '', expected a declared column: /)]);
  });

  test('names the group of a feature when there are several', () => {
    const other = cardFeatures({
      name: 'merchant_features', featureGroupName: 'merchant_v1', entity: ['merchant_id'], features: [Feature.sum('s', { of: 'country', ...week })],
    });

    expect(withSpec({ featureGroups: [cardFeatures(), other] })).toEqual([
      expect.stringMatching(/^featureGroups\.merchant_features\.features\.s\.of: got the string column 'country'/),
    ]);
  });

  test('fails when a window or offset is out of bounds', () => {
    expect(withFeature(Feature.count('n', { window: Duration.days(3_650) }))).toEqual([]);
    expect(withFeature(Feature.count('n', { window: Duration.days(3_651) }))).toEqual([
      'features.n.window: got 3651 days, expected whole microseconds from 1 microsecond to 3650 days; choose a bounded window, because over a lifetime '
      + 'every late event would change every later row and no record could ever expire',
    ]);
    expect(withFeature(Feature.count('n', { window: Duration.days(Infinity) }))).toEqual([expect.stringContaining('choose a bounded window')]);
    expect(withFeature(Feature.count('n', { window: Duration.days(3_650), offset: Duration.days(3_650) }))).toEqual([]);
    expect(withFeature(Feature.count('n', { window: Duration.days(1), offset: Duration.days(3_651) })))
      .toEqual([expect.stringContaining('features.n.offset: got 3651 days')]);
    expect(withFeature(Feature.count('n', { window: Duration.millis(0.0005) }))).toEqual([expect.stringContaining('expected whole microseconds')]);
    expect(withFeature(Feature.count('n', { window: Duration.millis(0.001) }))).toEqual([]);
  });

  test('fails when an untyped program closes a window in another way', () => {
    expect(withFeature(Feature.count('n', { ...week, closed: 'open' as any }))).toEqual([
      "features.n.closed: got 'open', expected one of 'left', 'right', 'both', 'neither'; use one of WindowBoundary",
    ]);
  });

  test('fails when records would vanish before their values do', () => {
    expect(withGroup({ timeToLive: Duration.days(7) })).toEqual([]);
    expect(withGroup({ timeToLive: Duration.hours(167) })).toEqual([
      expect.stringContaining('featureGroups.card_features.timeToLive: got 167 hours, expected at least the longest window with its offset, 7 days'),
    ]);
  });

  test('fails when events are refused while they still count', () => {
    expect(withEvents({ allowedLateness: Duration.days(7) })).toEqual([]);
    expect(withEvents({ allowedLateness: Duration.days(6) })).toEqual([
      expect.stringContaining('events.allowedLateness: got 6 days, expected at least the longest window with its offset, 7 days'),
    ]);
  });

  test('fails when the skew is more than a day', () => {
    expect(withEvents({ allowedSkew: Duration.days(1) })).toEqual([]);
    expect(withEvents({ allowedSkew: Duration.hours(25) })).toEqual([expect.stringContaining('events.allowedSkew: got 25 hours')]);
  });

  test.each([[1], [15], [60], [120], [1_440]])('accepts slots of %d minutes', (minutes) => {
    expect(withSpec({ slot: Slot.every(Duration.minutes(minutes)) })).toEqual([]);
  });

  test.each([[0], [0.5], [7], [90], [300], [2_880]])('fails when slots have %d minutes', (minutes) => {
    expect(withSpec({ slot: Slot.every(Duration.minutes(minutes), { watermarkDelay: Duration.minutes(0) }) }))
      .toEqual([expect.stringContaining('slot.length: got')]);
  });

  test('fails when a run would start after the next slot has ended', () => {
    const delayed = (watermarkDelay: Duration) => withSpec({ slot: Slot.every(Duration.minutes(10), { watermarkDelay }) });

    expect(delayed(Duration.minutes(0))).toEqual([]);
    expect(delayed(Duration.minutes(9))).toEqual([]);
    expect(delayed(Duration.minutes(10))).toEqual([expect.stringContaining('slot.watermarkDelay: got 10 minutes, expected whole minutes from 0 seconds to 9 minutes')]);
    expect(delayed(Duration.seconds(90))).toEqual([expect.stringContaining('slot.watermarkDelay: got 90 seconds')]);
  });

  test.each([[0], [1], [-0.1], [NaN]])('fails when %d of the period validates', (validationShare) => {
    expect(withSpec({ datasets: { validationShare } })).toEqual([expect.stringContaining(`datasets.validationShare: got ${validationShare}`)]);
  });

  test.each([[0.001], [0.999]])('accepts that %d of the period validates', (validationShare) => {
    expect(withSpec({ datasets: { validationShare } })).toEqual([]);
  });

  test('fails when the period is not whole days', () => {
    expect(withSpec({ datasets: { period: Duration.hours(36) } })).toEqual([expect.stringContaining('datasets.period: got 36 hours')]);
  });

  test.each(['bronze/', 'labels', 'labels/x', '/labels/', 'labels//'])('fails when labels are in %p', (prefix) => {
    const labels = LabelSource.parquet({ eventId: 'id', label: 'l', labelTime: 't', prefix });

    expect(withSpec({ datasets: { labels } })).toEqual([expect.stringContaining("datasets.labels.prefix: got '")]);
  });

  test('accepts labels of the types that models take, and no others', () => {
    const labels = (labelType: ColumnType) => LabelSource.csv({ eventId: 'id', label: 'l', labelTime: 't', labelType });
    const refused = Object.values(ColumnType).filter((type) => withSpec({ datasets: { labels: labels(type) } }).length > 0);

    expect(refused).toEqual([ColumnType.DECIMAL, ColumnType.TIMESTAMP]);
    expect(withSpec({ datasets: { labels: labels(ColumnType.DECIMAL) } })).toEqual([
      "datasets.labels.labelType: got 'decimal', expected one of double, integer, boolean, string; declare a decimal as double, a timestamp as string",
    ]);
  });

  test('fails when the table of refused labels is one that is declared, and only then', () => {
    const events = cardEvents({ table: 'card_authorization_label_quarantine' });
    const labels = LabelSource.csv({ eventId: 'id', label: 'l', labelTime: 't' });

    expect(withSpec({ events })).toEqual([]);
    expect(withSpec({ events, datasets: { labels } })).toEqual([expect.stringContaining('card_authorization_label_quarantine')]);
  });

  test('fails when two label columns are one, or none', () => {
    const labels = (eventId: string) => LabelSource.jsonLines({ eventId, label: 'l', labelTime: 't', prefix: 'labels/fraud/' });

    expect(withSpec({ datasets: { labels: labels('Id') } })).toEqual([]);
    expect(withSpec({ datasets: { labels: labels('l') } })).toEqual([expect.stringContaining('datasets.labels.label: got')]);
    expect(withSpec({ datasets: { labels: labels('') } })).toEqual([expect.stringContaining("datasets.labels.eventId: got ''")]);
  });

  test('fails when the buffer holds events for more than 15 minutes', () => {
    expect(withSpec({ bufferInterval: Duration.minutes(15) })).toEqual([]);
    expect(withSpec({ bufferInterval: Duration.seconds(901) })).toEqual([expect.stringContaining('bufferInterval: got 901 seconds')]);
  });

  test('cuts a very long name in its message', () => {
    expect(withColumn(Column.string('A'.repeat(1_000)))[0]).toContain(`got '${'A'.repeat(80)}...', expected`);
  });
});
