import { describe, expect, it } from 'vitest';
import { findOpa } from '../../src/stack/opa/find.ts';
import { inShop, secrets } from '../unit/blueprint/shop.ts';
import { cli } from './run.ts';

interface Data {
  readonly exitCode: number;
  readonly data: { readonly source: string; readonly cells: readonly { readonly disagreement?: string; readonly policy?: unknown }[] };
}

/** The environment of a person who has opa, and that of one who has not. */
const withOpa: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
  AUTHCTL_OPA_BIN: process.env.AUTHCTL_OPA_BIN,
};
const opa = await findOpa({ env: withOpa, signal: AbortSignal.abort() }).catch(() => undefined);

describe('matrix without opa', () => {
  it('works from the blueprint alone, says so, and needs no secret', async () => {
    await inShop(async (file, directory) => {
      const env = { PATH: directory, HOME: directory };
      const { exitCode, stdout } = await cli(['matrix', file, '--no-stack'], env);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('from the blueprint alone: no opa was found, so the policy was not asked');
      expect(stdout).toMatch(/^orders\.place {3}POST \/orders {8}kong {5}pass {3}- {5}- {8}-$/m);
    });
  });

  it('does not go on without the opa it was told to use', async () => {
    await inShop(async (file, directory) => {
      const { exitCode, stderr } = await cli(['matrix', file, '--no-stack'], { PATH: directory, HOME: directory, AUTHCTL_OPA_BIN: file });
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('STACK_NO_OPA')]);
    });
  });

  it('leaves the policy alone when told so', async () => {
    await inShop(async (file) => {
      const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--no-policy', '--format', 'markdown'], withOpa);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('| orders.place | POST /orders | kong | pass | - | - | - |');
      expect(stdout).toContain('--no-policy');
    });
  });
});

describe.skipIf(opa === undefined)('matrix with opa', () => {
  it('agrees with the shop and its policy', async () => {
    await inShop(async (file) => {
      const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--json'], withOpa);
      const { data } = JSON.parse(stdout) as Data;
      expect([exitCode, data.source]).toEqual([0, 'from the blueprint and its policy, evaluated by opa']);
      expect(data.cells.filter(({ policy }) => policy !== undefined)).toHaveLength(12);
      expect(data.cells.filter(({ disagreement }) => disagreement !== undefined)).toEqual([]);
    });
  });

  it('exits 2 and names cell and line when the policy lets too many in', async () => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['matrix', file, '--no-stack'], withOpa);
        expect(exitCode).toBe(2);
        expect(stdout).toMatch(/blueprint\.yaml:\d+:\d+ kong orders\.place as sam: expect does not list it, and the policy says yes/);
        expect(stdout).toMatch(/5 of 16 cells are not as expect says\n$/);
      },
      { rego: [['default allow := false', 'default allow := true']] },
    );
  });

  it('exits 2 when the policy refuses what expect lists, with its reasons', async () => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--format', 'html'], withOpa);
        expect(exitCode).toBe(2);
        expect(stdout).toMatch(/^<!doctype html>/);
        expect(stdout).toMatch(/<td class="bad"><details><summary>.*refused, must pass.*expect lists it, and the policy says no/);
        expect(stdout).toContain('http-equiv="Content-Security-Policy"');
      },
      { rego: [['\tcaller.scopes_held\n', '\tcaller.scopes_held\n\tinput.request.method == "POST"\n']] },
    );
  });

  it('names the line of a policy that calls what is not there', async () => {
    await inShop(
      async (file) => {
        const { exitCode, stderr } = await cli(['matrix', file, '--no-stack'], withOpa);
        expect([exitCode, stderr]).toEqual([
          1,
          expect.stringMatching(/undefined function data\.shop\.caller\.nothing \(authz\.rego:\d+\)/),
        ]);
      },
      { rego: [['\tcaller.scopes_held\n', '\tcaller.nothing(1)\n']] },
    );
  });

  it.each([
    ['at one place', [['\tcaller.scopes_held\n', '\tcaller.scopes_hold(\n']]],
    ['at several, as one of before OPA 1.0', [['allow if {', 'allow {'], ['reasons contains "a scope is missing" if {', 'reasons["a scope is missing"] {']]],
  ] as const)('names the line of a policy that is no Rego, %s', async (_where, rego) => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--json'], withOpa);
        expect([exitCode, JSON.parse(stdout)]).toMatchObject([
          1,
          {
            problems: [
              {
                code: 'MATRIX_POLICY_FAILED',
                message: expect.stringMatching(/^the policy cannot be evaluated: authz\.rego:\d+: rego_parse_error/) as string,
              },
            ],
          },
        ]);
      },
      { rego },
    );
  });

  it('shows the policy nothing of the environment', async () => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--json'], { ...withOpa, ...secrets });
        for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret);
        // It is not asked at all: what it would say here is not what it says at the gateway.
        expect([exitCode, stdout]).toEqual([1, expect.stringContaining('"OPA_OFFLINE"')]);
      },
      {
        rego: [
          [
            '\ndefault allow := false',
            '\nreasons contains sprintf("the names are %v", [sort(object.keys(opa.runtime().env))])\n\ndefault allow := false',
          ],
        ],
      },
    );
  });

  it('writes a verdict per cell for the formats that machines read', async () => {
    await inShop(
      async (file) => {
        const { exitCode, stdout } = await cli(['matrix', file, '--no-stack', '--format', 'sarif'], withOpa);
        expect(exitCode).toBe(2);
        expect(stdout).toContain('"MATRIX-01"');
      },
      { rego: [['default allow := false', 'default allow := true']] },
    );
  });
});
