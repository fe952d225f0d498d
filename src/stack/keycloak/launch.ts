import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { plainEnvironment } from '../child.ts';
import type { Command } from '../child.ts';
import type { Java } from '../java.ts';

/**
 * C1 and the serial collector halve the processor time of a boot. bin/kc.sh sets G1 itself, so the JVM is started without it; that also
 * leaves no shell between us and the process we stop. The remaining flags are those of kc.sh.
 */
const JVM = [
  '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xms64m', '-Xmx768m', '-XX:MetaspaceSize=96M', '-XX:MaxMetaspaceSize=256m',
  '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData', '-Dfile.encoding=UTF-8', '-Djava.security.egd=file:/dev/urandom',
  '-Djdk.tls.rejectClientInitiatedRenegotiation=true', '-Djava.net.preferIPv4Stack=true', '-Duser.language=en', '-Duser.country=US',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager', '-Dpicocli.disable.closures=true', '-Dquarkus-log-max-startup-records=10000',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '--add-opens=java.base/java.util=ALL-UNNAMED', '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
  '--add-opens=java.base/java.security=ALL-UNNAMED', '--add-opens=java.base/java.lang=ALL-UNNAMED', '--enable-native-access=ALL-UNNAMED',
];
/** A build is for one of them. */
export type Database = 'dev-file' | 'postgres';
const build = (database: Database): readonly string[] => ['build', `--db=${database}`, '--https-client-auth=request'];

/** Changes whenever something prepared with other flags would not fit any more. */
export const recipeFor = (database: Database): string => createHash('sha256').update(JSON.stringify([JVM, build(database)])).digest('hex').slice(0, 8);

export interface Launch {
  readonly java: Java;
  /** Where the jars are. Always the same path, or an archive of loaded classes would not fit. */
  readonly distribution: string;
  /** `kc.home.dir`: the database is in its `data`. Absolute: H2 refuses a relative one. */
  readonly home: string;
  /** Extra flags for the JVM. */
  readonly flags?: readonly string[];
  /** Environment variables beyond PATH, HOME and the like. */
  readonly env?: Readonly<Record<string, string>>;
}

const command = ({ java, distribution, home, flags = [], env }: Launch, args: readonly string[]): Command => ({
  command: java.command,
  args: [
    ...JVM, ...flags, `-Dkc.home.dir=${home}`, `-Djboss.server.config.dir=${join(home, 'conf')}`, `-Djava.io.tmpdir=${join(home, 'tmp')}`,
    '-cp', join(distribution, 'lib', 'quarkus-run.jar'), 'io.quarkus.bootstrap.runner.QuarkusEntryPoint', ...args,
  ],
  env: plainEnvironment(env),
  cwd: home,
});

/** Builds the optimised start-up into the distribution, about 20 s, once; `options` are Keycloak's that are fixed by a build (`--http-relative-path`). */
export const buildCommand = (launch: Launch, options: readonly string[] = [], database: Database = 'dev-file'): Command =>
  command(launch, [...build(database), ...options]);

/**
 * The issuer is `http://127.0.0.1:<port>/realms/…` whatever name a request came by: "localhost" is ::1 first on some machines. Unless `hostname`
 * says another: the base URL that it uses for itself.
 */
export const startCommand = (launch: Launch, port: number, hostname = urlOf(port)): Command =>
  command(launch, ['start', '--optimized', ...serverOptions(port, hostname)]);

/** What a Keycloak that was built is started with, as a process or in a container. */
export const serverOptions = (port: number, hostname = urlOf(port)): readonly string[] => [
  '--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${String(port)}`, `--hostname=${hostname}`, '--cache=local',
];

/** The issuer of a realm of a local stack, whose Keycloak is reached by the name it uses for itself. */
export const issuerAt = (url: string | undefined, realm: string): string => `${url ?? ''}/realms/${realm}`;

export const urlOf = (port: number): string => `http://127.0.0.1:${String(port)}`;

export const readyUrl = (port: number): string => `${urlOf(port)}/realms/master/.well-known/openid-configuration`;
