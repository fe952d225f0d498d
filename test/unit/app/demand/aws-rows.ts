import type { AwsHands } from '../../../stack/sabotages/aws-by-hand.ts';

export interface AwsDemandRow {
  readonly feature: string;
  readonly edit: (text: string) => string;
  readonly sabotage: (aws: AwsHands) => Promise<unknown>;
  readonly told: RegExp;
  /** Functions by name that run where the upstream does. */
  readonly functions?: readonly string[];
  /** Custom domain names that are there. */
  readonly domains?: readonly string[];
  /** Listeners in a VPC that lead where the upstream is, each with the VPC link that leads there. */
  readonly listeners?: Readonly<Record<string, string>>;
}

const HEALTH = '      health: { match: GET /parcels/health, public: true }\n';
const route = (fields: string) => (text: string): string =>
  text.replace(HEALTH, `${HEALTH}      more: { ${fields} }\n`).replace('dora: { parcels: [list, send]', 'dora: { parcels: [list, send, more]').replace('tracker: { parcels: [list]', 'tracker: { parcels: [list, more]');
const target = (fields: string) => (text: string): string => text.replace('endpoint: "${AWS_ENDPOINT}" }', `endpoint: "\${AWS_ENDPOINT}", ${fields} }`);
const ARN = 'arn:aws:lambda:eu-central-1:000000000000:function:parcels';
const lambda = (payload: string, qualifier = '') => (text: string): string =>
  text.replace('  parcels:\n    upstream: "${UPSTREAM}"', `  parcels:\n    upstream: ${ARN}${qualifier}\n    lambda: { payload: "${payload}" }`);
const LISTENER = 'arn:aws:elasticloadbalancing:eu-central-1:000000000000:listener/app/parcels/0123456789abcdef/fedcba9876543210';
const inVpc = (text: string): string => text.replace('  parcels:\n    upstream: "${UPSTREAM}"', `  parcels:\n    upstream: ${LISTENER}\n    vpcLink: { id: abc123 }`);
const open = { AuthorizationType: 'NONE' as const, AuthorizationScopes: [] as string[] };

/** Everything is one route, as a function behind `$default` has it. */
const DEFAULT_ALONE = `parcels:
    upstream: "\${UPSTREAM}"
    recorder: "\${UPSTREAM}"
    gateways: [aws]
    routes:
      all: { match: ANY /**, scopes: [parcels/read] }
personas:`;

/** Counted over sixteen HTTP APIs, most often first. */
export const awsRows: readonly AwsDemandRow[] = [
  { feature: 'a user pool whose tokens name their client', edit: (text) => text, sabotage: (aws) => aws.changeAuthorizer('parcels', { Audience: ['somebody-else'] }), told: /changed aws\.authorizer\/parcels\/parcels/ },
  { feature: 'a route without scopes', edit: route('match: GET /parcels/mine, anyToken: true'), sabotage: (aws) => aws.changeRoute('GET /parcels/mine', open), told: /changed aws\.route\/parcels\/GET \/parcels\/mine/ },
  { feature: 'a function asked by events 2.0', edit: lambda('2.0', ':live'), functions: ['parcels'], sabotage: (aws) => aws.changeIntegration('parcels.list', { IntegrationUri: `${ARN}:canary` }), told: /changed aws\.integration\/parcels\/parcels\.list/ },
  { feature: 'a function asked by events 1.0', edit: lambda('1.0'), functions: ['parcels'], sabotage: (aws) => aws.changeIntegration('parcels.list', { PayloadFormatVersion: '2.0' }), told: /changed aws\.integration\/parcels\/parcels\.list/ },
  { feature: 'CORS', edit: (text) => text.replace('client: web }', 'client: web, origins: ["https://parcels.example"] }'), sabotage: (aws) => aws.openCors(), told: /changed aws\.api\/parcels/ },
  { feature: 'a greedy route', edit: route('match: ANY /parcels/files/**, scopes: [parcels/read]'), sabotage: (aws) => aws.changeRoute('ANY /parcels/files/{proxy+}', open), told: /changed aws\.route\/parcels\/ANY \/parcels\/files/ },
  { feature: '$default', edit: (text: string): string => text.replace(/parcels:\n {4}upstream[\s\S]*?personas:/, DEFAULT_ALONE).replace(', rates: [list] }', ' }').replace('dora: { parcels: [list, send]', 'dora: { parcels: [all]').replace('tracker: { parcels: [list]', 'tracker: { parcels: [all]').replace('  anonymous: { parcels: [health] }\n', ''), sabotage: (aws) => aws.changeRoute('$default', open), told: /changed aws\.route\/parcels\/\$default/ },
  {
    feature: 'a variable in a path', edit: route('match: "GET /parcels/{id}", scopes: [parcels/read]'),
    sabotage: (aws) => aws.changeIntegration('parcels.more', { IntegrationUri: `${aws.upstream}/internal/{id}` }), told: /changed aws\.integration\/parcels\/parcels\.more/,
  },
  { feature: 'a stage with a name', edit: target('stages: [live]'), sabotage: (aws) => aws.addStage('test', { AutoDeploy: true }), told: /^\w+ aws\.stage\/parcels\/test$/ },
  {
    feature: 'a VPC link, at a stage with a name', edit: (text) => target('stages: [live]')(inVpc(text)), listeners: { [LISTENER]: 'abc123', [LISTENER.replace('parcels', 'others')]: 'def456' },
    sabotage: (aws) => aws.changeIntegration('parcels.list', { ConnectionId: 'def456' }), told: /changed aws\.integration\/parcels\/parcels\.list/,
  },
  {
    feature: 'a custom domain', edit: target('stages: [live, canary], domains: [{ name: depot.example, path: v1 }, { name: depot.example, path: next, stage: canary }]'), domains: ['depot.example'],
    sabotage: (aws) => aws.remapDomain('depot.example', { Stage: 'canary' }), told: /changed aws\.mapping\/parcels\/depot\.example\/v1/,
  },
  { feature: 'limits and tags', edit: target('throttle: { burst: 50, rate: 100 }, tags: { team: depot }'), sabotage: (aws) => aws.changeStage({ DefaultRouteSettings: { ThrottlingBurstLimit: 5000, ThrottlingRateLimit: 10_000 } }), told: /changed aws\.stage\/parcels\/\$default/ },
  {
    feature: 'stages that are deployed by apply', edit: target('autoDeploy: false, stages: [live, canary]'),
    sabotage: async (aws) => {
      await aws.changeRoute('GET /parcels', open);
      await aws.serve('canary', await aws.deployment());
    },
    told: /changed aws\.stage\/parcels\/canary/,
  },
  {
    feature: 'several paths, each with its methods', edit: route('match: ["GET /parcels/lost", "GET,POST /parcels/found"], scopes: [parcels/read]'),
    sabotage: (aws) => aws.changeRoute('POST /parcels/found', { AuthorizationScopes: ['parcels/send', 'rates/read'] }),
    told: /changed aws\.route\/parcels\/POST \/parcels\/found/,
  },
];

/** Tells a stand-in where the functions of a row run, and what stands behind its VPC links: where the upstream is. */
export const tellPlaces = async (endpoint: string, url: string, { functions = [], listeners = {} }: Pick<AwsDemandRow, 'functions' | 'listeners'>): Promise<void> => {
  const put = (what: string, body: unknown): Promise<unknown> => fetch(`${endpoint}/_authctl/${what}`, { method: 'PUT', body: JSON.stringify(body) });
  await put('functions', Object.fromEntries(functions.map((name) => [name, url])));
  await put('listeners', Object.fromEntries(Object.entries(listeners).map(([arn, link]) => [arn, { url, link }])));
};
