import { describe, expect, it } from 'vitest';
import { inShop } from '../unit/blueprint/shop.ts';
import { cli } from './run.ts';

describe('graph', () => {
  it('draws in Mermaid unless asked otherwise, without a secret being set', async () => {
    await inShop(async (file) => {
      expect(await cli(['graph', file, '--no-stack'])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^flowchart LR\n/) as string,
        stderr: '',
      });
      expect((await cli(['graph', file, '--no-stack', '--language', 'dot'])).stdout).toMatch(/^digraph "shop" \{\n/);
      expect((await cli(['graph', file, '--no-stack', '--format', 'markdown'])).stdout).toContain('```mermaid\nflowchart LR\n');
    });
  });

  it('refuses a language it does not know', async () => {
    expect(await cli(['graph', '--language', 'svg'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('mermaid, dot') as string,
    });
  });
});
