import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Aggregation, Derivation, Feature, FeatureGroupSpec, FeatureSpec, MedallionFeaturePlatform, WindowBoundary,
} from 'cdk-medallion-feature-platform';
import { authorizations, cardFeatures, merchantFeatures } from '../../examples/card-features/spec';
import { goldenText } from '../fixtures/golden';

const LOCK = join(__dirname, '..', '..', 'examples', 'card-features', 'spec.lock.json');

jest.setTimeout(60_000); // a synthesis takes seconds

const folders: string[] = [];

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** Runs app.ts as the CDK command line does; returns template and asset manifest, by file name. */
function synthesise(): Record<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), 'card-features-'));
  folders.push(outdir);
  process.env.CDK_OUTDIR = outdir;
  jest.isolateModules(() => jest.requireActual('../../examples/card-features/app'));
  delete process.env.CDK_OUTDIR;
  return Object.fromEntries(readdirSync(outdir)
    .filter((name) => /\.(template|assets)\.json$/.test(name))
    .map((name) => [name, readFileSync(join(outdir, name), 'utf-8')]));
}

/** Physical names in a template, by property. */
function physicalNames(template: Template, type: string, property: string): unknown[] {
  return Object.values(template.findResources(type)).map((resource) => resource.Properties[property]);
}

describe('the card-features example', () => {
  let synthesised: Record<string, string>;

  beforeAll(() => {
    synthesised = synthesise();
  });

  test('declares the golden spec document of the card features', () => {
    const spec = new FeatureSpec({ events: authorizations, featureGroups: [cardFeatures] });

    expect(spec._documentText()).toBe(goldenText('card'));
  });

  test('uses everything that a feature can be for its merchants', () => {
    const { features } = merchantFeatures;
    const spec = new FeatureSpec({ events: authorizations, featureGroups: [cardFeatures, merchantFeatures] });
    const predicates = JSON.stringify(spec._toDocument());

    expect(new Set(features.map(({ aggregation }) => aggregation))).toEqual(new Set([...Object.values(Aggregation), undefined]));
    expect(new Set(features.map(({ derivation }) => derivation))).toEqual(new Set([...Object.values(Derivation), undefined]));
    expect(features.some(({ offset }) => offset && offset.toSeconds() > 0)).toBe(true);
    expect(features.some(({ closed }) => closed && closed !== WindowBoundary.LEFT)).toBe(true);
    expect(features.some(({ window }) => window && window.toSeconds() % spec.slot.length.toSeconds() > 0)).toBe(true);
    for (const combination of ['allOf', 'anyOf', 'not']) expect(predicates).toContain(`"combination":"${combination}"`);
  });

  test('keeps the names of both feature groups and their tables', () => {
    const template = Template.fromJSON(JSON.parse(synthesised['CardFeatures.template.json']));
    const tables = physicalNames(template, 'AWS::Glue::Table', 'TableInput').map((input) => (input as { Name: string }).Name);

    expect(physicalNames(template, 'AWS::SageMaker::FeatureGroup', 'FeatureGroupName').sort()).toEqual([
      'rt_card_features_v1', 'rt_merchant_features_v1',
    ]);
    expect(tables.sort()).toEqual([
      'card_authorization', 'card_authorization_quarantine', 'card_features_inference', 'card_features_training',
      'merchant_features_inference', 'merchant_features_training',
    ]);
  });

  test('has a lock file that remembers both groups', () => {
    expect(JSON.parse(readFileSync(LOCK, 'utf-8')).featureGroups.map(({ name }: { name: string }) => name)).toEqual([
      'card_features', 'merchant_features',
    ]);
  });

  test('writes the same template and assets each time', () => {
    expect(Object.keys(synthesised).sort()).toEqual(['CardFeatures.assets.json', 'CardFeatures.template.json']);
    expect(synthesise()).toEqual(synthesised);
  });

  test('can stand beside another platform in one stack', () => {
    const stack = new Stack(new App(), 'Two');
    const visits = new FeatureGroupSpec({
      name: 'visits', version: 1, entity: ['card_id', 'merchant_id'], features: [Feature.count('visit_count_1h', { window: Duration.hours(1) })],
    });
    new MedallionFeaturePlatform(stack, 'Cards', { events: authorizations, featureGroups: [cardFeatures] });
    new MedallionFeaturePlatform(stack, 'Visits', { events: authorizations, featureGroups: [visits] });

    const template = Template.fromStack(stack);
    const databases = physicalNames(template, 'AWS::Glue::Database', 'DatabaseInput').map((input) => JSON.stringify(input));

    expect(physicalNames(template, 'AWS::SageMaker::FeatureGroup', 'FeatureGroupName').sort()).toEqual(['rt_card_features_v1', 'visits_v1']);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
    expect(new Set(databases).size).toBe(2);
  });
});
