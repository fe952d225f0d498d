const KEY = 'storefront.token';

const session = async (method, headers) => {
  const answer = await fetch('/session', { method, headers, credentials: 'same-origin', cache: 'no-store' });
  if (answer.status !== 204) throw new Error(`the gateway answered ${answer.status} to ${method} /session`);
};

const bearer = (token) => (token ? { authorization: `Bearer ${token}` } : {});

const inWebStorage = (storage) => ({
  keep: async (token) => storage.setItem(KEY, token),
  headers: () => bearer(storage.getItem(KEY)),
  forget: async () => storage.removeItem(KEY),
});

const inMemory = () => {
  let held;
  return {
    keep: async (token) => {
      held = token;
    },
    headers: () => bearer(held),
    forget: async () => {
      held = undefined;
    },
  };
};

/**
 * Where the access token is kept between requests, as the blueprint chose. Only `gateway-cookie` and memory are out of reach of a script
 * that was injected into the page; memory forgets at every reload.
 * @param {{ storage: string, cookie?: string }} config
 * @returns {{ keep: (token: string, seconds: number) => Promise<void>, headers: () => Record<string, string>, forget: () => Promise<void> }}
 */
export const createKeeper = ({ storage, cookie }) => {
  switch (storage) {
    case 'gateway-cookie':
      return { keep: (token) => session('POST', bearer(token)), headers: () => ({}), forget: () => session('DELETE', {}) };
    case 'script-cookie':
      return {
        keep: async (token, seconds) => {
          document.cookie = `${cookie}=${token}; Max-Age=${seconds}; Path=/; Secure; SameSite=Strict`;
        },
        headers: () => ({}),
        forget: async () => {
          document.cookie = `${cookie}=; Max-Age=0; Path=/; Secure; SameSite=Strict`;
        },
      };
    case 'sessionStorage':
      return inWebStorage(sessionStorage);
    case 'localStorage':
      return inWebStorage(localStorage);
    default:
      return inMemory();
  }
};
