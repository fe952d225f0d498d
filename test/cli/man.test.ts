import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from './run.ts';

const page = readFileSync('man/authctl.1', 'utf8');
const hasGroff = spawnSync('groff', ['--version']).status === 0;

describe('man/authctl.1', () => {
  it('is what the commands say, as npm run generate writes it, and is in the package', async () => {
    expect(`${(await cli(['man'])).stdout.trimEnd()}\n`).toBe(page);
    expect((JSON.parse(readFileSync('package.json', 'utf8')) as { readonly man: string }).man).toBe('./man/authctl.1');
  });

  it('has every command that help lists, with its options', async () => {
    const { stdout: help } = await cli(['--help']);
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
    expect(commands.length).toBeGreaterThan(12);
    for (const name of commands) expect(page).toMatch(new RegExp(`^\\.SS "authctl ${name}\\b`, 'm'));
    expect(page).toContain('.B "\\-\\-lock\\-timeout <duration>"');
    expect(page).toContain('.SS "authctl stack up [options] [blueprint]"');
  });

  it.skipIf(!hasGroff)('is set by groff without a warning', () => {
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: page, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(execFileSync('groff', ['-man', '-Tascii'], { input: page, encoding: 'utf8' })).toContain('a target is out of reach');
  });
});
