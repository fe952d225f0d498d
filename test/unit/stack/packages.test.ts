import { describe, expect, it } from 'vitest';
import { checkInstalled, packagesFor } from '../../../src/stack/packages.ts';
import type { GuardedService, StackNeeds } from '../../../src/stack/types.ts';

const needs = { services: ['orders'] } as unknown as StackNeeds;
const guarded = { ...needs, guarded: { orders: {} as GuardedService } };

describe('what a stack needs that is installed apart', () => {
  it.each([
    [['keycloak', 'opa'], needs, []],
    [['kong'], needs, ['authctl-stand-ins']],
    [['aws'], needs, ['authctl-stand-ins']],
    [['upstreams'], needs, ['authctl-stand-ins']],
    [['upstreams'], guarded, ['authctl-stand-ins', 'authctl-service']],
    [['kong'], guarded, ['authctl-stand-ins']],
  ] as const)('is for %j %j', (parts, wanted, packages) => {
    expect(packagesFor(parts, wanted)).toEqual(packages);
  });

  it('is told all at once with the command that installs it', () => {
    const resolve = (name: string): string => {
      if (name === 'authctl-service') throw new Error(`Cannot find module '${name}'`);
      return name;
    };
    expect(() => { checkInstalled(['authctl-stand-ins'], resolve); }).not.toThrow();
    expect(() => { checkInstalled(['authctl-stand-ins', 'authctl-service'], resolve); }).toThrow(
      expect.objectContaining({ code: 'STACK_NO_PACKAGE', hint: expect.stringContaining('npm i authctl-service') as string }),
    );
    expect(() => { checkInstalled(['authctl-service', 'authctl-stand-ins'], () => { throw new Error('none'); }); }).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('npm i authctl-service authctl-stand-ins') as string }),
    );
  });

  it('finds the packages of this repository', () => {
    expect(() => { checkInstalled(['authctl-stand-ins']); }).not.toThrow();
  });
});
