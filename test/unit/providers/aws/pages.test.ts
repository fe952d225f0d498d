import { describe, expect, it } from 'vitest';
import { everyPage } from '../../../../src/providers/aws/view.ts';

interface Page {
  readonly Items?: string[];
  readonly NextToken?: string;
}
/** What a list says, from answers in the order of asking. */
const listed = (...answers: readonly Page[]): Promise<readonly string[]> => {
  let asked = 0;
  return everyPage<string>(() => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? {}));
};

describe('a list of AWS', () => {
  it('is the items of all its pages', async () => {
    expect(await listed({ Items: ['a'], NextToken: '1' }, { Items: ['b'], NextToken: '2' }, { Items: [] })).toEqual(['a', 'b']);
  });

  it('is empty only where it says so', async () => {
    expect(await listed({ Items: [] })).toEqual([]);
    await expect(listed({})).rejects.toMatchObject({ code: 'AWS_NOT_AWS' });
    await expect(listed({ Items: ['a'], NextToken: '1' }, {})).rejects.toMatchObject({ code: 'AWS_NOT_AWS' });
  });

  it('ends, even where the server gives the same page for ever', async () => {
    await expect(listed({ Items: ['a'], NextToken: '1' })).rejects.toMatchObject({ code: 'AWS_NOT_AWS', message: expect.stringContaining('the same page') as string });
  });
});
