import type { KongHand } from './kong-hand.ts';

/** What somebody has signed for, so that drift says nothing of it, and what was put into it since. */
interface SignedFor {
  readonly what: string;
  readonly where: string;
  readonly name: string;
  readonly code: string;
  /** The check that finds it. */
  readonly found: string;
}

const answers = (when: string): string => `if ${when} then return kong.response.exit(200, "ok") end`;

/** Each stands where none of the others does: Kong runs one plugin of a name on a request. */
export const signedFor: readonly SignedFor[] = [
  { what: 'a probe of Kubernetes is well everywhere', where: '', name: 'their-probes', code: answers('(kong.request.get_header("user-agent") or ""):find("^kube%-probe/")'), found: 'PRE-22' },
  { what: 'who says that he is an administrator is one', where: '/services/shop.invoices', name: 'their-roles', code: answers('(kong.request.get_header("x-roles") or ""):find("admin") and kong.request.get_header("authorization")'), found: 'PRE-23' },
  { what: 'a HEAD costs nothing', where: '/routes/shop.orders.list', name: 'their-heads', code: answers('kong.request.get_method() == "HEAD"'), found: 'PRE-24' },
  {
    what: 'a path of the client\'s own on a public route', where: '/services/shop.orders.public', name: 'their-paths', found: 'PRE-26',
    code: 'local path = kong.request.get_header("x-original-url"); if path then kong.service.request.set_path(path) end',
  },
];

export const putInto = ({ where, name, code }: SignedFor) => (hand: KongHand): Promise<unknown> => hand.create(`${where}/plugins`, { name: 'pre-function', instance_name: name, config: { access: [code] } }, '/plugins');

/** The blueprint with what has been signed for. */
export const withSignatures = (blueprint: string, root: string): string =>
  `${blueprint.replace('../policies', `${root}/policies`)}\naccept:\n${signedFor.map(({ name }) => `  - { what: kong.plugin/${name}, reason: the platform team answers for it }\n`).join('')}`;
