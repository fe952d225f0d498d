import type { Position } from '../../core/problem.ts';
import { Problem } from '../../core/problem.ts';
import type { Answer } from '../http.ts';
import { shownUrl } from '../http.ts';

interface Asked {
  /** The base URL, as a message may show it. */
  readonly shown: string;
  /** Which field of `targets.keycloak` holds it. */
  readonly field: 'url' | 'admin';
  /** Below the base. */
  readonly path: string;
  readonly at: Position | undefined;
}

/** Keycloak says in JSON what it does not have; whoever answers otherwise is somebody else, or Keycloak under another path. */
export const saidByKeycloak = ({ body }: Answer): boolean => {
  const { error, errorMessage } = typeof body === 'object' && body !== null ? (body as { readonly error?: unknown; readonly errorMessage?: unknown }) : {};
  return (typeof error === 'string' && !NO_SUCH_PATH.test(error)) || typeof errorMessage === 'string';
};
/** What Keycloak answers to a path that none of its endpoints has. */
const NO_SUCH_PATH = /^Unable to find matching target resource method/;

/** What answers is not Keycloak, told as what it is: a redirect with where it leads, a page, a path that nobody knows. */
export const notKeycloak = (answer: Answer, { shown, field, path, at }: Asked): Problem => {
  const wrong = (what: string, hint: string): Problem => new Problem('KEYCLOAK_NOT_KEYCLOAK', `what answers at ${shown} is not Keycloak: ${what}`, { at, hint });
  const { status, location } = answer;
  if (status >= 300 && status < 400 && location !== undefined) {
    const to = URL.canParse(location, `${shown}/`) ? shownUrl(new URL(location, `${shown}/`).href) : location;
    const base = to.endsWith(path) ? to.slice(0, -path.length) : undefined;
    return wrong(`it sends GET ${path} elsewhere (${status}), to ${to}`, base === undefined ? `${WHERE}: is that a proxy's login page?` : `targets.keycloak.${field}: ${base}`);
  }
  if (status === 404) return wrong(`it has no ${path} (404)`, `${WHERE}; a Keycloak with a path of its own has it in targets.keycloak.${field}, as in ${shown}/auth`);
  const what = typeof answer.body === 'string' && /^\s*</.test(answer.body) ? 'a page' : 'no JSON that Keycloak would send';
  return wrong(`${path} is ${what} (${status})`, WHERE);
};

const WHERE = 'targets.keycloak.url is the base URL, as in http://localhost:8080, without /realms; targets.keycloak.admin where the Admin API is behind another';

/** A list that Keycloak had begun to send as a good one, and its own failure in the middle of it: somebody deleted what it was reading. */
export const isTorn = ({ status, body }: Answer): boolean => status === 200 && typeof body === 'string' && TORN.test(body);
const TORN = /^\s*[[{].*\{"error":"unknown_error"[^{}]*\}\s*$/s;

/** The login realm is not there: Keycloak itself says so. */
export const noLoginRealm = (realm: string, shown: string, at: Position | undefined): Problem =>
  new Problem('KEYCLOAK_NOT_KEYCLOAK', `Keycloak at ${shown} has no realm "${realm}" to log in to`, { at, hint: 'targets.keycloak.credentials.realm is the realm of the service account' });
