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

const list = async (keeper, { name, path }) => {
  const answer = await ask(keeper, path);
  const text = await answer.text();
  find('answer').hidden = false;
  find('answer').textContent = `GET ${path}: ${answer.status}\n\n${text}`;
  if (knowsNobody(answer)) {
    show(false);
    say('Signed out: sign in again.');
  } else say(answer.ok ? `${name}: here you are.` : `${name}: this is not for you.`);
};

const arrive = async (signIn, keeper) => {
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
  else await signIn.start('sign-out', 'none');
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
    button.addEventListener('click', guarded(() => list(keeper, api)));
    find('apis').append(button);
  }
  if (location.pathname === '/callback') await arrive(signIn, keeper);
  else await look(keeper, config.apis);
};

const failed = (error) => {
  show(false);
  say(`That did not work: ${error.message}`);
};

begin().catch(failed);
