import { Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { FeatureGroup } from '../../src/feature-store/feature-group';
import { OnlineAuditor, OnlineAuditorProps } from '../../src/feature-store/online-auditor';
import { DataLake } from '../../src/lake/data-lake';
import { cardSpec } from '../fixtures/specs';
import { emptyStack, managedStatements } from '../fixtures/stages';

function auditor(props: Partial<OnlineAuditorProps> = {}): { template: () => Template; auditor: OnlineAuditor } {
  const stack = emptyStack();
  const featureGroups = [FeatureGroup.fromFeatureGroupName(stack, 'Group', 'rt_card_features_v1')];
  const created = new OnlineAuditor(stack, 'Auditor', { spec: cardSpec(), lake: new DataLake(stack, 'Lake'), featureGroups, ...props });
  return { template: () => Template.fromStack(stack), auditor: created };
}

describe('OnlineAuditor', () => {
  const template = auditor({ platformName: 'cards' }).template();
  const statements = Object.values(managedStatements(template)).flat();

  test('is the other function of the publisher, under a name of its own', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.auditHandler',
      Environment: { Variables: { PLATFORM_NAME: 'cards', POWERTOOLS_SERVICE_NAME: 'auditor', LAKE_BUCKET: { Ref: Match.anyValue() } } },
    });
  });

  test('reads records of its feature groups, and may write none', () => {
    const store = statements.filter(({ Action }) => JSON.stringify(Action).includes('sagemaker:'));
    expect(store.map(({ Action }) => Action)).toEqual([['sagemaker:BatchGetRecord', 'sagemaker:GetRecord']]);
    expect(JSON.stringify(store[0].Resource)).toContain(':feature-group/rt_card_features_v1');
    expect(JSON.stringify(store[0].Resource)).not.toContain('*');
  });

  test('writes differences and renewals only', () => {
    const writes = statements.filter(({ Action }) => JSON.stringify(Action).match(/s3:(Put|Delete)/));
    expect(writes.map(({ Action }) => Action)).toEqual(['s3:PutObject']);
    const keys = JSON.stringify(writes[0].Resource).match(/"\/[^"]*"/g);
    expect(keys).toEqual(['"/publish/*/differences/*"', '"/control/republish/entities/*"']);
  });

  test.each([[undefined, 1], [0.001, 0.001], [1, 1]])('of the sample %p looks at the share %p', (sample, share) => {
    expect(auditor({ sample }).auditor.sample).toBe(share);
  });

  test.each([[0], [-0.1], [1.0001], [NaN]])('fails when the sample is %p', (sample) => {
    expect(() => auditor({ sample })).toThrow(`Auditor.sample: got ${sample}, expected a share above 0, up to 1; leave the auditor out to audit nothing`);
  });

  test('fails when the sample is a token', () => {
    expect(() => auditor({ sample: Token.asNumber({ Ref: 'Sample' }) })).toThrow('sample: got a token, expected a share above 0, up to 1');
  });
});
