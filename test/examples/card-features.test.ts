import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Feature, FeatureGroupSpec, FeatureSpec, MedallionFeaturePlatform } from 'cdk-medallion-feature-platform';
import { authorizations, cardFeatures } from '../../examples/card-features/spec';

const GOLDEN = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'card-features.spec.json'), 'utf-8'));

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
  test('declares the golden spec document', () => {
    const spec = new FeatureSpec({ events: authorizations, featureGroups: [cardFeatures] });

    expect(spec._toDocument()).toEqual(GOLDEN);
  });

  test('writes the same template and assets each time', () => {
    const first = synthesise();
    const second = synthesise();

    expect(Object.keys(first).sort()).toEqual(['CardFeatures.assets.json', 'CardFeatures.template.json']);
    expect(second).toEqual(first);
  });

  test('can stand beside another platform in one stack', () => {
    const stack = new Stack(new App(), 'Two');
    const merchantFeatures = new FeatureGroupSpec({
      name: 'merchant_features', version: 1, entity: ['merchant_id'], features: [Feature.count('txn_count_1h', { window: Duration.hours(1) })],
    });
    new MedallionFeaturePlatform(stack, 'Cards', { events: authorizations, featureGroups: [cardFeatures] });
    new MedallionFeaturePlatform(stack, 'Merchants', { events: authorizations, featureGroups: [merchantFeatures] });

    const template = Template.fromStack(stack);
    const databases = physicalNames(template, 'AWS::Glue::Database', 'DatabaseInput').map((input) => JSON.stringify(input));

    expect(physicalNames(template, 'AWS::SageMaker::FeatureGroup', 'FeatureGroupName').sort()).toEqual(['merchant_features_v1', 'rt_card_features_v1']);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
    expect(new Set(databases).size).toBe(2);
  });
});
