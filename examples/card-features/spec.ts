import { Duration } from 'aws-cdk-lib';
import { Column, EventSchema, EventTime, Feature, FeatureGroupSpec } from 'cdk-medallion-feature-platform';

/** What a payment terminal asks: may this card pay this amount? */
export const authorizations = new EventSchema({
  name: 'card_authorization',
  table: 'card_transactions',
  eventId: 'event_id',
  eventTime: EventTime.unixSeconds('ts'),
  columns: [
    Column.string('card_id', { required: true }),
    Column.string('merchant_id', { required: true }),
    Column.decimal('amount', { precision: 12, scale: 2, greaterThan: 0 }),
    Column.string('currency', { pattern: '^[A-Z]{3}$' }),
    Column.string('country'),
    Column.string('pos_mode'),
  ],
});

/** What a fraud model asks about a card: how busy it was lately, and where it was last seen. */
export const cardFeatures = new FeatureGroupSpec({
  name: 'card_features',
  version: 1,
  featureGroupName: 'rt_card_features_v1',
  entity: ['card_id'],
  features: [
    Feature.count('txn_count_1h', { window: Duration.hours(1) }),
    Feature.sum('txn_amount_1h', { of: 'amount', window: Duration.hours(1) }),
    Feature.countDistinct('merchant_count_24h', { of: 'merchant_id', window: Duration.hours(24) }),
    Feature.mean('avg_amount_7d', { of: 'amount', window: Duration.days(7) }),
    Feature.last('last_merchant_id', { of: 'merchant_id', window: Duration.days(7) }),
    Feature.last('last_amount', { of: 'amount', window: Duration.days(7) }),
    Feature.last('last_currency', { of: 'currency', window: Duration.days(7) }),
    Feature.last('last_country', { of: 'country', window: Duration.days(7) }),
    Feature.last('last_pos_mode', { of: 'pos_mode', window: Duration.days(7) }),
  ],
});
