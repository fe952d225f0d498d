import { createSignIn } from './sign-in.js';
import { createKeeper } from './token.js';

const find = (id) => document.getElementById(id);
const say = (text) => {
  find('status').textContent = text;
};
const show = (signedIn) => {
  find('sign-in').hidden = signedIn;
  find('apis').hidden = !signedIn;
  find('sign-out').hidden = !signedIn;
};

/** The ID token of this page's own sign-in, which says to the issuer whose session ends. A reload forgets it. */
let idToken;

const ask = (keeper, path) => fetch(path, { headers: { accept: 'application/json', ...keeper.headers() }, credentials: 'same-origin', cache: 'no-store' });

/** A 401 without an error: there was no token at all (RFC 6750 section 3.1). With one, this service does not take the token. */
const knowsNobody = ({ status, headers }) => status === 401 && !/error=/.test(headers.get('www-authenticate') ?? '');

/** What the challenge of a sign-in that is too weak or too long ago asks for (RFC 9470 section 3), as the issuer takes it; undefined for any other answer. */
const demanded = ({ status, headers }) => {
  const challenge = headers.get('www-authenticate') ?? '';
  if (status !== 401 || !challenge.includes('error="insufficient_user_authentication"')) return undefined;
  const [acr, age] = [/acr_values="([^"]+)"/.exec(challenge)?.[1], /max_age="?(\d+)/.exec(challenge)?.[1]];
  return { ...(acr && { acr_values: acr }), ...(age && { max_age: age }) };
};

/** `signIn` is left out when the person has just been signed in for this: what is still not enough then is said, and not asked for without end. */
const list = async (keeper, { name, path }, signIn) => {
  const answer = await ask(keeper, path);
  const demand = demanded(answer);
  if (demand && signIn) {
    say(`${name}: one more step.`);
    await signIn.start('sign-in', demand, name);
    return;
  }
  const text = await answer.text();
  find('answer').hidden = false;
  find('answer').textContent = `GET ${path}: ${answer.status}\n\n${text}`;
  if (knowsNobody(answer)) {
    show(false);
    say('Signed out: sign in again.');
  } else say(answer.ok ? `${name}: here you are.` : `${name}: this is not for you.`);
};

const arrive = async (signIn, keeper, apis) => {
  const arrived = await signIn.finish();
  if (arrived.intent === 'sign-out') {
    if (arrived.idToken) signIn.end(arrived.idToken);
    else {
      // The issuer knows nobody any more: there is nothing left to end.
      show(false);
      say('Signed out.');
    }
    return;
  }
  if (arrived.error) throw new Error(`the issuer said ${arrived.error}`);
  await keeper.keep(arrived.accessToken, arrived.expiresIn);
  idToken = arrived.idToken;
  show(true);
  say('Signed in.');
  const again = apis.find(({ name }) => name === arrived.again);
  if (again) await list(keeper, again);
};

const look = async (keeper, [first]) => {
  const signedIn = first !== undefined && !knowsNobody(await ask(keeper, first.path));
  show(signedIn);
  say(signedIn ? 'Signed in.' : 'Signed out.');
};

const signOut = async (signIn, keeper) => {
  await keeper.forget();
  if (idToken) signIn.end(idToken);
  // After a reload the issuer is asked once more, without a page, whose session it is.
  else await signIn.start('sign-out', { prompt: 'none' });
};

const begin = async () => {
  const config = await (await fetch('/config.json', { cache: 'no-store' })).json();
  const signIn = await createSignIn(config);
  const keeper = createKeeper(config);
  const guarded = (work) => () => work().catch(failed);
  find('sign-in').addEventListener('click', guarded(() => signIn.start('sign-in')));
  find('sign-out').addEventListener('click', guarded(() => signOut(signIn, keeper)));
  for (const api of config.apis) {
    const button = document.createElement('button');
    button.textContent = `List ${api.name}`;
    button.id = `list-${api.name}`;
    button.addEventListener('click', guarded(() => list(keeper, api, signIn)));
    find('apis').append(button);
  }
  if (location.pathname === '/callback') await arrive(signIn, keeper, config.apis);
  else await look(keeper, config.apis);
};

const failed = (error) => {
  show(false);
  say(`That did not work: ${error.message}`);
};

begin().catch(failed);
