import type { OpaCommand } from './command.ts';

/** Builtins that reach out of the policy: to the network, or into the environment and configuration of whoever evaluates it. */
const REACHING_OUT = ['http.send', 'net.lookup_ip_addr', 'opa.runtime'];

interface Capabilities {
  readonly builtins: readonly { readonly name: string }[];
  readonly allow_net?: readonly string[];
}

/** OPA's own list of what a policy may use, handed back to it without some. */
export const capabilitiesWithout = async (opa: Pick<OpaCommand, 'run'>, names: readonly string[]): Promise<Capabilities> => {
  const { stdout } = await opa.run({}, ['capabilities', '--current']);
  const all = JSON.parse(stdout) as Capabilities;
  return { ...all, builtins: all.builtins.filter(({ name }) => !names.includes(name)) };
};

/**
 * What a policy may use that is evaluated here, on the machine of whoever plans: it may be somebody else's, in a pull request, so it asks nobody
 * anything. Schemas that it names are not fetched, either.
 */
export const offlineCapabilities = async (opa: Pick<OpaCommand, 'run'>): Promise<string> =>
  JSON.stringify({ ...(await capabilitiesWithout(opa, REACHING_OUT)), allow_net: [] });

/** The builtin that a policy needs and may not use here, by OPA's own message. */
export const reachingOut = (message: string): string | undefined => REACHING_OUT.find((name) => message.includes(`undefined function ${name}`));
