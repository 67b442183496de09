import { Duration } from 'aws-cdk-lib';
import { Column } from '../../src/spec/column';
import { DecimalRounding } from '../../src/spec/decimal-rounding';
import { Feature } from '../../src/spec/feature';
import { FeatureGroupSpecProps } from '../../src/spec/feature-group-spec';
import { LabelSource } from '../../src/spec/label-source';
import { Slot } from '../../src/spec/slot';
import { WindowBoundary } from '../../src/spec/window-boundary';
import { cardEvents, cardFeatures, cardSpec } from '../fixtures/specs';

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

const counting = (window: Duration, offset?: Duration) => cardFeatures({ features: [Feature.count('n', { window, offset })] });

describe('the spec document', () => {
  test('accepts events as late as the longest window and offset of all groups', () => {
    const other = cardFeatures({
      name: 'other', featureGroupName: 'other_v1', features: [Feature.count('n', { window: Duration.days(10), offset: Duration.hours(1) })],
    });

    expect(cardSpec({ featureGroups: [cardFeatures(), other] })._toDocument().events.allowedLatenessUs).toBe(10 * DAY_US + HOUR_US);
  });

  test('accepts events of seven days even if all windows are shorter', () => {
    expect(cardSpec({ featureGroups: [counting(Duration.hours(1))] })._toDocument().events.allowedLatenessUs).toBe(7 * DAY_US);
  });

  test('keeps online records one day longer than the longest window and offset of their group', () => {
    const ttl = (window: Duration, offset?: Duration) => cardSpec({ featureGroups: [counting(window, offset)] })._toDocument().featureGroups[0].ttlUs;

    expect(ttl(Duration.hours(2), Duration.hours(1))).toBe(DAY_US + 3 * HOUR_US);
    expect(ttl(Duration.millis(1))).toBe(DAY_US + 1_000_000); // the store counts whole seconds
  });

  test('keeps online records as long as it is told', () => {
    const group = cardFeatures({ timeToLive: Duration.days(30) });

    expect(cardSpec({ featureGroups: [group] })._toDocument().featureGroups[0].ttlUs).toBe(30 * DAY_US);
  });

  test('allows for the buffer and for the minute that a folder name resolves', () => {
    expect(cardSpec({ bufferInterval: Duration.seconds(90) })._toDocument().events.arrivalSlackUs).toBe(150_000_000);
  });

  test('keeps the boundary and the offset of a window', () => {
    const feature = Feature.count('n', { window: Duration.hours(1), closed: WindowBoundary.BOTH, offset: Duration.minutes(5) });

    expect(cardSpec({ featureGroups: [cardFeatures({ features: [feature] })] })._toDocument().featureGroups[0].features[0])
      .toMatchObject({ window: { lengthUs: HOUR_US, offsetUs: 300_000_000, closed: 'both' } });
  });

  test('identifies a composite entity by a key of its own', () => {
    const group = cardFeatures({ entity: ['card_id', 'merchant_id'] });

    expect(cardSpec({ featureGroups: [group] })._toDocument().featureGroups[0]).toMatchObject({
      entity: ['card_id', 'merchant_id'], recordIdentifier: 'entity_key',
    });
  });

  test('gives the datasets of several groups folders of their own', () => {
    const other = cardFeatures({ name: 'other', featureGroupName: 'other_v1' });

    expect(cardSpec({ featureGroups: [cardFeatures(), other] })._toDocument().featureGroups.map(({ layout }) => layout.training))
      .toEqual(['gold/training/card_features/', 'gold/training/other/']);
  });

  test('derives the names that are not given', () => {
    const document = cardSpec({
      events: cardEvents({ table: undefined }), featureGroups: [cardFeatures({ version: 3, featureGroupName: undefined })],
    })._toDocument();

    expect(document.events.table).toBe('card_authorization_silver');
    expect(document.featureGroups[0]).toMatchObject({ featureGroupName: 'card_features_v3', table: 'card_features_v3' });
  });

  test('keeps the table of the first version without a suffix, and any table that is given', () => {
    const table = (props: Partial<FeatureGroupSpecProps>) => cardSpec({ featureGroups: [cardFeatures(props)] })._toDocument().featureGroups[0].table;

    expect(table({ version: 1 })).toBe('card_features');
    expect(table({ version: 2 })).toBe('card_features_v2');
    expect(table({ version: 2, table: 'cards' })).toBe('cards');
  });

  test('looks back only as far as its aggregations do', () => {
    const features = [Feature.count('n', { window: Duration.days(9) }), Feature.count('m', { window: Duration.days(1) })];
    const derived = Feature.difference('d', { minuend: 'n', subtrahend: 'm' });
    const document = cardSpec({ featureGroups: [cardFeatures({ features: [...features, derived] })] })._toDocument();

    expect([document.events.allowedLatenessUs, document.featureGroups[0].ttlUs]).toEqual([9 * DAY_US, 10 * DAY_US]);
  });

  test('writes every rule of a column, with bounds as decimal text', () => {
    const rules = [
      Column.string('s', { pattern: '^a', maxLength: 5, allowedValues: ['ab'] }),
      Column.integer('i', { greaterThanOrEqualTo: -1, lessThanOrEqualTo: 10 }),
      Column.double('d', { greaterThan: 1e-7, lessThan: 0.5 }),
      Column.decimal('m', { precision: 5, scale: 2, rounding: DecimalRounding.HALF_EVEN }),
      Column.decimal('n', { precision: 5, scale: 2, rounding: DecimalRounding.REFUSE }),
      Column.boolean('b', { required: true }),
    ];

    expect(cardSpec({ events: cardEvents({ columns: [...cardEvents().columns, ...rules] }) })._toDocument().events.columns.slice(6)).toEqual([
      { name: 's', type: 'string', required: false, pattern: '^a', maxLength: 5, allowedValues: ['ab'] },
      { name: 'i', type: 'integer', required: false, greaterThanOrEqualTo: '-1', lessThanOrEqualTo: '10' },
      { name: 'd', type: 'double', required: false, greaterThan: '0.0000001', lessThan: '0.5' },
      { name: 'm', type: 'decimal', precision: 5, scale: 2, required: false, rounding: 'half_even' },
      { name: 'n', type: 'decimal', precision: 5, scale: 2, required: false },
      { name: 'b', type: 'boolean', required: true },
    ]);
  });

  test('writes where labels come from', () => {
    const labels = LabelSource.jsonLines({ eventId: 'id', label: 'is_fraud', labelTime: 'known_at', prefix: 'labels/fraud/', maturity: Duration.days(1) });

    expect(cardSpec({ datasets: { period: Duration.days(7), validationShare: 0.5, embargo: true, labels } })._toDocument().datasets).toEqual({
      periodDays: 7,
      validationShare: 0.5,
      embargo: true,
      labels: {
        prefix: 'labels/fraud/',
        format: 'jsonl',
        eventIdColumn: 'id',
        labelColumn: 'is_fraud',
        labelType: 'double',
        labelTimeColumn: 'known_at',
        labelTimeFormat: 'iso8601',
        maturityUs: DAY_US,
        quarantine: 'quarantine/card_authorization-labels/',
      },
    });
  });

  test.each([[1, 0], [2, 0], [3, 120_000_000], [10, 120_000_000]])('starts runs of %d-minute slots %d microseconds late', (minutes, watermarkDelayUs) => {
    expect(cardSpec({ slot: Slot.every(Duration.minutes(minutes)) })._toDocument().slot)
      .toEqual({ lengthUs: minutes * 60_000_000, watermarkDelayUs });
  });

  test('is not changed by arrays that are changed after the declaration', () => {
    const features = [...cardFeatures().features];
    const columns = [...cardEvents().columns];
    const spec = cardSpec({ events: cardEvents({ columns }), featureGroups: [cardFeatures({ features })] });
    const text = spec._documentText();

    features.pop();
    columns.pop();

    expect(spec._documentText()).toBe(text);
    expect(spec.events.columns).toHaveLength(6);
    expect(spec.featureGroups[0].features).toHaveLength(9);
  });
});
