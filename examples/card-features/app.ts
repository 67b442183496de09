import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { MedallionFeaturePlatform } from 'cdk-medallion-feature-platform';
import { authorizations, cardFeatures, merchantFeatures } from './spec';

const app = new App();
const stack = new Stack(app, 'CardFeatures');
new MedallionFeaturePlatform(stack, 'Platform', {
  events: authorizations,
  featureGroups: [cardFeatures, merchantFeatures],
  lockFile: join(__dirname, 'spec.lock.json'),
});
app.synth();
