import { Duration } from 'aws-cdk-lib';
import {
  Column, EventSchema, EventTime, Feature, FeatureGroupSpec, Predicate, WindowBoundary,
} from 'cdk-medallion-feature-platform';

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

/** A number typed in, with no card in hand. */
const online = Predicate.equalTo('pos_mode', 'online');

/** What a thief sends to learn which stolen numbers still work: online, and small or without an amount at all. */
const probe = Predicate.allOf(online, Predicate.anyOf(Predicate.isNull('amount'), Predicate.lessThan('amount', 10)));

/** The terminal says how it read the card, and it is none of the safe ways. */
const swiped = Predicate.not(Predicate.oneOf('pos_mode', ['chip', 'contactless', 'online']));

/** What a fraud model asks about a merchant: is it busier, dearer or odder than it usually is, and is it being probed? */
export const merchantFeatures = new FeatureGroupSpec({
  name: 'merchant_features',
  version: 1,
  featureGroupName: 'rt_merchant_features_v1',
  entity: ['merchant_id'],
  features: [
    // how busy, and busier than the hour before?
    Feature.count('payment_count_1h', { window: Duration.hours(1) }),
    Feature.count('payment_count_hour_before', { window: Duration.hours(1), offset: Duration.hours(1) }),
    Feature.difference('payment_count_change', { minuend: 'payment_count_1h', subtrahend: 'payment_count_hour_before' }),
    Feature.sum('payment_amount_24h', { of: 'amount', window: Duration.hours(24) }),
    Feature.countDistinct('card_count_1h', { of: 'card_id', window: Duration.hours(1) }),
    Feature.timeSinceLast('seconds_since_payment', { window: Duration.hours(1) }),

    // how are cards read?
    Feature.count('online_count_1h', { window: Duration.hours(1), where: online }),
    Feature.ratio('online_share_1h', { numerator: 'online_count_1h', denominator: 'payment_count_1h' }),
    Feature.count('swiped_count_24h', { window: Duration.hours(24), where: swiped }),

    // are stolen numbers tried out here? a payment counts itself, so that the first probe shows
    Feature.countDistinct('probing_card_count_15m', {
      of: 'card_id', window: Duration.minutes(15), closed: WindowBoundary.RIGHT, where: probe,
    }),
    Feature.first('first_probing_card_24h', { of: 'card_id', window: Duration.hours(24), where: probe }),

    // are the amounts of the last hour the merchant's own?
    Feature.mean('avg_amount_1h', { of: 'amount', window: Duration.hours(1) }),
    Feature.variance('amount_variance_1h', { of: 'amount', window: Duration.hours(1) }),
    Feature.mean('avg_amount_7d', { of: 'amount', window: Duration.days(7) }),
    Feature.stddev('amount_stddev_7d', { of: 'amount', window: Duration.days(7) }),
    Feature.zScore('amount_zscore_1h', { value: 'avg_amount_1h', mean: 'avg_amount_7d', stddev: 'amount_stddev_7d' }),
    Feature.min('min_amount_24h', { of: 'amount', window: Duration.hours(24) }),
    Feature.max('max_amount_24h', { of: 'amount', window: Duration.hours(24) }),
    Feature.difference('amount_range_24h', { minuend: 'max_amount_24h', subtrahend: 'min_amount_24h' }),
    Feature.last('last_country', { of: 'country', window: Duration.hours(24) }),
  ],
});
