import { Argument, Command, CommanderError, Option } from 'commander';
import { Problem } from '../core/problem.ts';
import { failure, openContext } from './context.ts';
import type { Context, GlobalOptions } from './context.ts';
import { FORMATS } from './reports.ts';
import type { ImportFlags } from './import.ts';
import type { RotateFlags } from './rotate-keys.ts';
import type { StackFlags } from './stack.ts';
import { openTerminal } from './terminal.ts';
import type { ProcessLike } from './terminal.ts';

/** What a command's file exports: flags in, one use case, the exit code of its report. */
export type Action<Options> = (context: Context, path: string, options: Options) => Promise<number>;

const formatOption = (): Option =>
  new Option('--format <format>', 'how the result is written').choices(FORMATS);

/** Runs one command line. Exit codes: 0 done, 1 could not, 2 the answer is no, 3 a target is out of reach. */
export const run = async (argv: readonly string[], process: ProcessLike): Promise<number> => {
  let exitCode = 0;
  const plain = openTerminal(process, false);
  const program = new Command('authctl')
    .description('One blueprint for Keycloak, Kong, OPA and AWS API Gateway: apply it, attack the live stack, watch it for drift')
    .version('', '-V, --version', 'print the version')
    .option('--no-color', 'never colour the output (NO_COLOR is honoured too)')
    .option('--no-stack', 'do not take addresses from a local stack in .authctl/stack')
    .configureOutput({ writeOut: plain.result, writeErr: plain.say })
    .showHelpAfterError('(authctl --help lists the commands)')
    .exitOverride();

  /** Runs a command's file, which is loaded only now. */
  const act = async (name: string, options: GlobalOptions, run: (context: Context) => Promise<number>): Promise<void> => {
    const context = await openContext(process, { ...options, ...program.opts<GlobalOptions>() });
    try {
      await context.ready();
      exitCode = await run(context);
    } catch (thrown) {
      exitCode = await context.finish(failure(name, thrown));
    } finally {
      context.close();
    }
  };
  /** Options of every command on a blueprint. */
  const withOutput = (command: Command): Command =>
    command
      .option('--json', 'JSON on stdout and nothing else')
      .option('--env <name>', 'the overlay of `environments:` to use')
      .option('-o, --output <file>', 'write the result to a file (mode 0600)')
      .addOption(formatOption());
  const withReports = (command: Command): Command =>
    command.option('--report <format=file>', 'write the result to a file as well, in another format; several times in one run', (one, before: readonly string[] = []) => [...before, one]);
  const withLock = (command: Command): Command => command.option('--lock-timeout <duration>', 'how long another run is waited for: 90s, 10m (not at all unless stated)');
  const add = <Options>(name: string, description: string, load: () => Promise<Action<Options>>): Command =>
    withOutput(program.command(name).description(description).argument('[blueprint]', 'the blueprint file', 'blueprint.yaml')).action(
      (path: string, options: Options & GlobalOptions) => act(name, options, async (context) => (await load())(context, path, options)),
    );

  add('init', 'write a commented blueprint and its policy to start from; never overwrites', async () => (await import('./init.ts')).initCommand).option(
    '--name <name>',
    'name of the blueprint: the mark on its live objects',
    'shop',
  );
  add('validate', 'check the blueprint alone: nothing is contacted', async () => (await import('./validate.ts')).validateCommand);
  add('plan', 'show what apply would change', async () => (await import('./plan.ts')).planCommand)
    .option('--out <file>', 'write the plan to a file (mode 0600, no secrets), for apply to do exactly that')
    .option('--exit-code', 'exit 2 when something would change')
    .option('--prune', 'include the deletion of orphans')
    .option('--adopt', 'take over unmarked objects that are in the way');
  withLock(add('apply', 'make the live stack match the blueprint, or do exactly what a saved plan says', async () => (await import('./apply.ts')).applyCommand))
    .option('-y, --yes', 'change without asking')
    .option('--prune', 'delete what carries our mark and is no longer in the blueprint')
    .option('--adopt', 'take over unmarked objects that are in the way')
    .option('--resume', 'do what the last run planned and did not do, and nothing else');
  withLock(add('rollback', 'bring all targets back to what an earlier apply had brought into force', async () => (await import('./rollback.ts')).rollbackCommand))
    .option('-y, --yes', 'without asking')
    .option('--to <run>', 'the end of this run, by its name or how it begins (authctl history); the last good one before what is in force, unless stated')
    .option('--adopt', 'take over unmarked objects that are in the way')
    .option('--allow-opening', 'with -y: also where it lets somebody in who is refused now');
  const rotate = program.command('rotate').description('change what the realm signs with');
  withLock(
    withOutput(rotate.command('keys').description('a new key for the realm: published, known to every verifier, signed with; the old one is retired when its tokens have ended').argument('[blueprint]', 'the blueprint file', 'blueprint.yaml')),
  )
    .option('-y, --yes', 'without asking')
    .option('--emergency', 'the key has leaked: it is retired at once, and who holds a token of it is locked out')
    .option('--wait <duration>', 'how long verifiers are waited for, in the place of what is known of them: 90s, 10m, 2h')
    .action((path: string, options: RotateFlags & GlobalOptions) => act('rotate keys', options, async (context) => (await import('./rotate-keys.ts')).rotateKeysCommand(context, path, options)));
  withReports(withLock(add('drift', 'in CI: has anything moved since (exit 2 when it has)', async () => (await import('./drift.ts')).driftCommand)))
    .addOption(new Option('--fix', 'put back what has moved since the last run that is noted here, and nothing else; lets nobody in').conflicts('watch'))
    .option('-y, --yes', 'with --fix: without asking')
    .option('--watch', 'in one long process: tell of each thing when it appears and when it is gone')
    .option('--interval <duration>', 'with --watch: from one look to the next, a tenth more or less', '5m')
    .option('--listen <address>', 'with --watch: where /healthz and /metrics are', '127.0.0.1:9464');
  add('accept', 'write into the blueprint what drift tells of that it does not state: known, with a reason', async () =>
    (await import('./accept.ts')).acceptCommand)
    .requiredOption('--reason <text>', 'why it is fine')
    .option('--until <date>', 'the last day on which it holds: 2027-01-31')
    .option('--only <addresses>', 'only these, by comma; * stands for any text');
  const verify = add('verify', 'attack the live stack, and prove that the right requests pass and the wrong ones do not', async () => (await import('./verify.ts')).verifyCommand);
  withReports(withLock(verify))
    .option('--disruptive', 'also run checks that write (throw-away keys, logout); always on with the local stack')
    .option('--only <ids>', 'only these checks or groups, by comma: STR,SIG-03')
    .option('--changed', 'only what the last run noted on this machine has touched, and what depends on it; everything where that cannot be told')
    .option('--rate <number>', 'requests per second at the most', '500')
    .option('--budget <number>', 'requests at the most in the whole run; what is left then is not run, and no yes')
    .option('--dry-run', 'send nothing: say what would be sent, by which check, how often')
    .option('--clean', 'try nothing: take away what runs of verify left on the targets, and say what it was');
  withLock(
    add('destroy', 'delete everything that carries our mark, except realms and protected objects; what was there before is let go', async () =>
      (await import('./destroy.ts')).destroyCommand),
  ).option('-y, --yes', 'delete without asking');
  withOutput(
    program
      .command('history')
      .description('what the runs that wrote something did and did not, as noted on this machine; nothing is contacted')
      .argument('[run]', 'one of them, by its name or how it begins'),
  ).action((name: string | undefined, options: GlobalOptions) => act('history', options, async (context) => (await import('./history.ts')).historyCommand(context, name)));
  add('unlock', 'take away the lock that a run left which is no more, and say whose it was', async () => (await import('./unlock.ts')).unlockCommand).option(
    '-y, --yes',
    'without asking',
  );
  withLock(
    add('release', 'let go of what carries our mark without deleting it: it stays as it is, and is nobody’s', async () => (await import('./release.ts')).releaseCommand),
  )
    .option('-y, --yes', 'let go without asking')
    .option('--only <addresses>', 'only these, by comma; * stands for any text');

  add('matrix', 'who passes where, from the blueprint and its policy; nothing is contacted (exit 2 when `expect` says otherwise)', async () =>
    (await import('./matrix.ts')).matrixCommand).option('--no-policy', 'do not ask the policy: the blueprint alone');

  add('doctor', 'whether everything is there that the other commands need, target by target, each with the next step', async () => (await import('./doctor.ts')).doctorCommand);
  add('permissions', 'the least that a login needs at each target: roles, RBAC, policies; nothing is contacted', async () => (await import('./permissions.ts')).permissionsCommand).addOption(
    new Option('--for <command>', 'what the login does at the most; for drift, also what it may be given to say who and when').choices(['plan', 'drift', 'verify', 'verify --disruptive', 'apply', 'destroy']).default('apply'),
  );
  add('graph', 'targets, services, routes and personas as the source of a drawing; nothing is contacted', async () =>
    (await import('./graph.ts')).graphCommand).addOption(
    new Option('--language <language>', 'of the drawing').choices(['mermaid', 'dot']).default('mermaid'),
  );
  add('render', 'what apply would write, as a file for another tool; holds no secret, nothing is contacted', async () =>
    (await import('./render.ts')).renderCommand)
    .addOption(
      new Option('--target <target>', 'what to write')
        .choices(['kong-declarative', 'cloudformation', 'terraform', 'sam', 'mod-auth-openidc', 'oauth2-proxy'])
        .makeOptionMandatory(),
    )
    .option('--jwks <file>', "the issuer's key set, for the credentials of kong-declarative")
    .option('--closed', 'kong-declarative with every route closed: sync this first, and nothing is open for a moment');
  withOutput(
    program
      .command('explain')
      .description('in words: the blueprint, what happens to a request on a route, a check, an object, a persona; nothing is contacted')
      .argument('[blueprint]', 'the blueprint file', 'blueprint.yaml')
      .argument('[what]', 'a route (orders.list), a check (SIG-04) or group (SIG), an address (kong.route/…), a persona or client'),
  ).action((path: string, what: string | undefined, options: GlobalOptions) =>
    act('explain', options, async (context) => (await import('./explain.ts')).explainCommand(context, path, what)),
  );

  add('inventory', 'what is live at the targets, and whose it is: ours, another blueprint’s, nobody’s', async () => (await import('./inventory.ts')).inventoryCommand);
  withOutput(
    program
      .command('import')
      .description('write a blueprint of what is there: of a server, or of a file of another tool')
      .addOption(new Option('--from <server...>', 'a server that is read').choices(['keycloak', 'kong', 'aws']))
      .option('--url <url>', 'where Keycloak is; KEYCLOAK_URL unless it is stated')
      .option('--kong-url <url>', "where Kong's Admin API is; KONG_ADMIN_URL unless it is stated")
      .option('--realm <name>', 'the realm that is read from Keycloak')
      .option('--login-realm <name>', 'the realm of the service account that reads it; master unless it is stated')
      .option('--client-id <id>', 'the client of that service account; authctl unless it is stated (its secret is KEYCLOAK_CLIENT_SECRET)')
      .option('--from-file <file...>', 'a realm export, a file of keycloak-config-cli or of decK, a template of CloudFormation or SAM, a plan of Terraform as JSON')
      .option('--api <name>', 'the HTTP API that is read from AWS, where a region has several')
      .option('--region <region>', 'the region that is read; AWS_REGION unless it is stated')
      .option('--out <file>', 'the blueprint that is written; without it, it is printed')
      .option('--force', 'write over a file that is there')
      .option('--name <name>', "name of the blueprint; made of the realm's name unless it is stated"),
  ).action((options: ImportFlags & GlobalOptions) => act('import', options, async (context) => (await import('./import.ts')).importCommand(context, options)));

  program
    .command('schema')
    .description('the JSON Schema of a blueprint, for editors: descriptions, defaults, what each field takes; nothing is contacted')
    .option('-o, --output <file>', 'write it to a file (mode 0600)')
    .action((options: GlobalOptions) => act('schema', options, async (context) => (await import('./schema.ts')).schemaCommand(context)));

  const stack = program.command('stack').description('the local stack: real Keycloak and OPA, stand-ins for Kong and AWS');
  stack
    .command('up')
    .description('start what a blueprint needs and wait until it answers')
    .argument('[blueprint]', 'the blueprint file', 'blueprint.yaml')
    .option('--json', 'JSON on stdout and nothing else')
    .option('--env <name>', 'the overlay of `environments:` to use')
    .option('--only <servers>', 'only these, by comma: keycloak, opa, kong, aws, upstreams, redis, infinispan, session, storefront')
    .option('--admin-port <port>', "Kong's Admin API port")
    .option('--proxy-port <port>', "Kong's proxy port")
    .option('--keycloak-port <port>', 'Keycloak port')
    .option('--clock <epoch>', 'fixed clock of the embedded gateway, seconds')
    .option('--dbless', 'start the embedded gateway without a database')
    .addOption(new Option('--engine <engine>', 'where the servers of others run').choices(['local', 'containers']).default('local'))
    .addOption(new Option('--database <database>', "Keycloak's; files of its own unless stated").choices(['postgres']))
    .action((path: string, options: StackFlags & GlobalOptions) =>
      act('stack up', options, async (context) => (await import('./stack.ts')).stackUpCommand(context, path, options)),
    );
  stack
    .command('down')
    .description('stop it and leave nothing behind')
    .argument('[blueprint]')
    .option('--json')
    .action((_path: string, options: GlobalOptions) => act('stack down', options, async (context) => (await import('./stack.ts')).stackDownCommand(context)));
  stack
    .command('status')
    .description('where everything is')
    .argument('[blueprint]')
    .option('--json')
    .action((_path: string, options: GlobalOptions) => act('stack status', options, async (context) => (await import('./stack.ts')).stackStatusCommand(context)));

  program
    .command('man', { hidden: true })
    .description('the page of the manual')
    .action(() => act('man', {}, async (context) => (await import('./man.ts')).manCommand(context, program)));

  program
    .command('completion')
    .description('a completion script: source <(authctl completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') =>
      act('completion', {}, async (context) => (await import('./completion.ts')).completionCommand(context, shell, program)),
    );

  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    return wantsJson(argv) ? (await openContext(process, { json: true })).finish(failure(argv.find((word) => !word.startsWith('-')) ?? 'authctl', misused(thrown))) : 1;
  }
  return exitCode;
};

/** A program that reads the answer gets one, also of a line that no command could be made of. */
const wantsJson = (argv: readonly string[]): boolean =>
  argv.some((word, at) => word === '--json' || word === '--format=json' || (word === 'json' && argv[at - 1] === '--format'));

const misused = ({ message }: CommanderError): Problem =>
  new Problem('CLI_USAGE', message.replace(/^error: /, ''), { hint: 'authctl --help lists the commands, and authctl <command> --help what each takes' });
