import { audit } from '../fixtures/audit';
import { cardPlatform } from '../fixtures/stages';

describe('AwsSolutions', () => {
  const { open, acknowledged } = audit((stack) => cardPlatform(stack));

  test('finds nothing that the library does not answer', () => {
    expect(open).toEqual([]);
  });

  test('is answered by exactly these reasons, and no more', () => {
    const anonymous = acknowledged.map((finding) => finding.replace(/[0-9A-F]{8}(?=[.>])/g, ''));
    expect(anonymous).toMatchSnapshot();
  });
});
