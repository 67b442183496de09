// The small app of the packaging check; app.py is the same in Python.
const { App, Duration, Stack } = require('aws-cdk-lib');
const { Column, EventSchema, EventTime, Feature, FeatureGroupSpec, MedallionFeaturePlatform, Slot, WindowBoundary } = require('cdk-medallion-feature-platform');

const app = new App({ analyticsReporting: false });
new MedallionFeaturePlatform(new Stack(app, 'Consumer'), 'Platform', {
  events: new EventSchema({
    name: 'payment',
    eventId: 'id',
    eventTime: EventTime.unixMillis('at'),
    columns: [
      Column.string('card', { required: true, maxLength: 40 }),
      Column.string('merchant', { required: true }),
      Column.decimal('amount', { precision: 12, scale: 2, greaterThan: 0 }),
      Column.boolean('present'),
    ],
    allowedSkew: Duration.minutes(2),
  }),
  featureGroups: [new FeatureGroupSpec({
    name: 'pairs',
    version: 2,
    entity: ['card', 'merchant'],
    features: [
      Feature.count('payments_1h', { window: Duration.hours(1), closed: WindowBoundary.RIGHT }),
      Feature.max('largest_7d', { of: 'amount', window: Duration.days(7), offset: Duration.hours(1) }),
    ],
  })],
  slot: Slot.every(Duration.minutes(30), { watermarkDelay: Duration.minutes(3) }),
});
app.synth();
