import type { Finding } from '../../../core/finding.ts';
import type { Desired, Unseen } from '../../../core/resource.ts';
import type { Http } from '../../http.ts';
import { readable } from '../reach/readable.ts';
import { kong } from '../specs/index.ts';
import type { KonnectAdmin } from './admin.ts';
import { dataPlanesOf, expectedHash, sharesNodes } from './control-plane.ts';
import type { ControlPlane, DataPlane } from './control-plane.ts';

interface Asking {
  readonly http: Http;
  readonly admin: Pick<KonnectAdmin, 'controlPlane' | 'refusal' | 'schema'>;
}

/** The control plane, its data planes, and whether it knows the plugins that these objects need. What runs on a data plane it does not say: that is unknown, whatever else is good. */
export const aboutKonnect = async ({ http, admin }: Asking, desired: readonly Desired[]): Promise<readonly Finding[]> => {
  const plane = await admin.controlPlane();
  const needed = [...new Set(desired.filter(kong.plugin.is).map(({ spec }) => spec.name))].toSorted();
  return [
    { target: 'kong', what: 'control plane', state: 'good', found: `${plane.name} (${plane.id}) of Konnect` },
    { target: 'kong', what: 'Konnect', state: 'unknown', found: 'read by its documentation; never tried on the real service', next: 'verify says whether the gateway does what is claimed' },
    ...(await aboutNodes({ http, admin }, plane)),
    ...(await Promise.all(needed.map((name) => aboutPlugin(admin, name)))),
  ];
};

const aboutPlugin = async (admin: Asking['admin'], name: string): Promise<Finding> => {
  const about = { target: 'kong', what: `plugin ${name}` };
  if ((await admin.schema(`plugins/${name}`)) === undefined)
    return { ...about, state: 'bad', found: 'this control plane has no schema of it', next: name.startsWith('authctl-') ? `upload infra/kong/plugins/${name}/schema.lua to its plugin-schemas, and install the plugin on every data plane` : 'upload its schema to the plugin-schemas of the control plane' };
  return { ...about, state: 'unknown', found: 'the control plane has its schema; it does not say which data planes have its code', next: 'verify tries it' };
};

const aboutNodes = async ({ http, admin }: Asking, plane: ControlPlane): Promise<readonly Finding[]> => {
  const asking = { http, refusal: admin.refusal };
  const nodes = await dataPlanesOf(asking, plane);
  const about = { target: 'kong', what: 'data planes' };
  if (nodes.length === 0) return [{ ...about, state: 'unknown', found: 'the control plane knows none', next: 'requests go to what it knows: connect a data plane' }];
  const versions = [...new Set(nodes.map(({ version }) => version ?? 'unknown'))].toSorted();
  const behind = behindOf(nodes, await expectedHash(asking, plane));
  return [
    { ...about, state: 'unknown', found: `${nodes.length} (${versions.join(', ')})`, next: 'authctl was tried with none of Konnect: verify says whether they do what is claimed' },
    behind.length === 0
      ? { ...about, what: 'configuration', state: 'good', found: 'every data plane has the one that the control plane expects' }
      : { ...about, what: 'configuration', state: 'unknown', found: `not known to be in force at ${behind.join(', ')}`, next: 'a node that is gone stays on the list for a time; one that is there has what was before' },
    ...nodes.filter(({ fits }) => fits === 'INCOMPATIBLE').map(({ id }): Finding => ({ ...about, what: `data plane ${id}`, state: 'bad', found: 'Konnect calls it incompatible: it may not have the whole configuration', next: 'look at its issues in Konnect, and upgrade it' })),
  ];
};

const behindOf = (nodes: readonly DataPlane[], expected: string): readonly string[] => nodes.filter(({ hash }) => hash !== expected).map(({ id, version }) => `${id} (${version ?? 'unknown version'})`);

/** What of the gateway a control plane does not say. A verdict that depends on it is not complete. */
export const unseenAtKonnect = async ({ http, admin }: Asking): Promise<readonly Unseen[]> => {
  const plane = await admin.controlPlane();
  const asking = { http, refusal: admin.refusal };
  const shared = await readable(() => sharesNodes(asking, plane));
  const nodes = await readable(() => Promise.all([dataPlanesOf(asking, plane), expectedHash(asking, plane)]));
  const force = 'whether the data planes have this configuration in force';
  return [
    { what: 'filters in WebAssembly, and what else a data plane has of its own', why: 'Konnect does not say it' },
    ...('value' in shared && !shared.value ? [] : [{ what: 'other control planes of a group, which share the data planes: whether a route there leads to a service of the blueprint, or gets its requests', why: 'why' in shared ? shared.why : 'one control plane is read' }]),
    ...('why' in nodes ? [{ what: force, why: nodes.why }] : inForce(nodes.value, force)),
  ].map((one) => ({ target: 'kong', ...one }));
};

const inForce = ([nodes, expected]: readonly [readonly DataPlane[], string], what: string): readonly Omit<Unseen, 'target'>[] => {
  if (nodes.length === 0) return [{ what, why: 'the control plane knows no data plane' }];
  const behind = behindOf(nodes, expected);
  const unfit = nodes.filter(({ fits }) => fits !== 'FULLY_COMPATIBLE').map(({ id, fits }) => `${id}: ${fits.toLowerCase()}`);
  return [...(behind.length > 0 ? [{ what, why: `they have another one, or are gone: ${behind.join(', ')}` }] : []), ...(unfit.length > 0 ? [{ what: 'whether the data planes take the whole configuration', why: `what Konnect says of their compatibility: ${unfit.join(', ')}` }] : [])];
};
