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

  it('draws the same picture by itself and in a page, without who, when or where', async () => {
    await inShop(async (file) => {
      const picture = await cli(['graph', file, '--no-stack', '--format', 'svg']);
      expect(picture).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^<svg [^]*<\/svg>\n$/) as string, stderr: '' });
      const page = await cli(['graph', file, '--no-stack', '--format', 'html']);
      const boxes = (text: string): readonly string[] => text.match(/<rect class="box"[^>]*>/g) ?? [];
      expect(boxes(page.stdout)).toEqual(boxes(picture.stdout));
      expect(boxes(page.stdout).length).toBeGreaterThan(8);
      expect(page.stdout).not.toMatch(/<dt>(When|Who)<\/dt>|flowchart/);
    });
  });

  it('refuses a language it does not know', async () => {
    expect(await cli(['graph', '--language', 'svg'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('mermaid, dot') as string,
    });
  });
});
