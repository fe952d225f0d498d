/** What any program needs that reads files and finds others. */
const PLAIN = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
/** What tools that fetch (`go`, `npm`, `mvn`) need beside it: their own settings, and the way out. */
const FETCHING = /^(GO[A-Z0-9]+|npm_config_\w+|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|XDG_(CACHE|CONFIG)_HOME|JAVA_HOME|M2_HOME|MAVEN_\w+)$/i;

const only = (env: NodeJS.ProcessEnv, wanted: (name: string) => boolean): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== undefined && wanted(name)));

/** The environment of a child: no secret of whoever runs authctl is in it, whatever program it is that answers to a name on PATH. */
export const cleanEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => only(env, (name) => PLAIN.includes(name));

/** The same for a tool that installs something. */
export const fetchingEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => only(env, (name) => PLAIN.includes(name) || FETCHING.test(name));
