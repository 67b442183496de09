import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { MedallionError } from '../../src/private/errors';
import { Column } from '../../src/spec/column';
import { Feature } from '../../src/spec/feature';
import { Slot } from '../../src/spec/slot';
import { cardEvents, cardFeatures } from '../fixtures/specs';
import { cardPlatform, emptyStack } from '../fixtures/stages';

const COLUMNS = [
  Column.string('card_id', { required: true }), Column.integer('count'), Column.decimal('amount', { precision: 12, scale: 2 }),
  Column.double('score'), Column.boolean('present'), Column.timestamp('opened'),
];

const window = fc.integer({ min: 1, max: 100_000 }).map((seconds) => Duration.seconds(seconds));
const of = fc.constantFrom('count', 'amount', 'score', 'present', 'opened', 'card_id', 'unknown');
const kind = fc.constantFrom(Feature.sum, Feature.mean, Feature.min, Feature.max, Feature.last, Feature.countDistinct);
const feature = fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), kind, of, window })
  .map(({ name, kind: create, of: column, window: length }) => create(name, { of: column, window: length }));

const declaration = fc.record({
  features: fc.uniqueArray(feature, { minLength: 1, maxLength: 8, selector: ({ name }) => name }),
  slotMinutes: fc.integer({ min: 1, max: 120 }),
  maxExecutors: fc.integer({ min: 0, max: 8 }),
});

/** Types whose resources keep data, with the property that says by which key. */
const ENCRYPTED: Record<string, string> = {
  'AWS::Kinesis::Stream': 'StreamEncryption',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
  'AWS::S3::Bucket': 'BucketEncryption',
};

describe('MedallionFeaturePlatform, whatever is declared', () => {
  test('either refuses a declaration in its own words or encrypts all that it creates', () => {
    const outcomes = new Set<string>();
    fc.assert(fc.property(declaration, ({ features, slotMinutes, maxExecutors }) => {
      const stack = emptyStack();
      try {
        cardPlatform(stack, {
          events: cardEvents({ columns: COLUMNS }),
          featureGroups: [cardFeatures({ features })],
          slot: Slot.every(Duration.minutes(slotMinutes)),
          maxExecutors,
        });
      } catch (error) {
        expect(error).toBeInstanceOf(MedallionError);
        expect((error as Error).message).toMatch(/^\S+: got .+, expected .+; .+/);
        outcomes.add('refused');
        return;
      }
      outcomes.add('accepted');
      const template = Template.fromStack(stack);
      for (const [type, property] of Object.entries(ENCRYPTED)) {
        template.allResourcesProperties(type, Match.objectLike({ [property]: Match.anyValue() }));
      }
    }), { numRuns: 60, seed: 20251023 });
    expect(outcomes).toEqual(new Set(['accepted', 'refused']));
  });
});
