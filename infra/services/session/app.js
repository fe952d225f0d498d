// The session service: express-openid-connect signs people in and keeps their session in Redis; this file says how, and adds the four routes.
import express from 'express';
import oidc from 'express-openid-connect';
import { createBackchannel } from './logout.js';
import { createRenewal } from './renew.js';
import { fromOwnPage, safeReturn } from './requests.js';
import { createSeal } from './seal.js';
import { createStore } from './store.js';
import { createIdTokenCheck } from './verify.js';

const GATE_MS = 500;

/** Answers 503 while the store does not: without it every session looks like none, and its cookie would be cleared. @param {any} redis */
const gate = (redis) => async (/** @type {any} */ _request, /** @type {any} */ response, /** @type {() => void} */ next) => {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_settle, fail) => {
    timer = setTimeout(() => fail(new Error('the store is late')), GATE_MS);
  });
  try {
    await Promise.race([redis.ping(), late]);
  } catch {
    unavailable(response);
    return;
  } finally {
    clearTimeout(timer);
  }
  next();
};

const unavailable = (/** @type {any} */ response) =>
  response.status(503).set({ 'Retry-After': '1', 'Cache-Control': 'no-store' }).json({ message: 'Service unavailable' });
const answer = (/** @type {any} */ response, /** @type {number} */ status, /** @type {string} */ message) =>
  response.status(status).set('Cache-Control', 'no-store').json({ message });

/**
 * @param {object} input
 * @param {import('./config.js').Config} input.config
 * @param {any} input.redis a connected client
 * @param {(line: string) => void} input.log
 */
export const createApp = ({ config, redis, log }) => {
  const { origin, basePath, prefix, cookie } = config;
  const store = createStore({ redis, prefix: `${prefix}session:`, seal: createSeal(config.secrets), log });
  const tokenOf = createRenewal({ redis, store, prefix: `${prefix}lock:`, renew: config.renew });
  const checkIdToken = createIdTokenCheck(config);
  const redirectUri = `${origin}${basePath}/callback`;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.get('/healthz', (_request, response) => void response.json({ status: redis.isReady ? 'ok' : 'no store' }));
  app.use(gate(redis));
  app.use(
    oidc.auth({
      issuerBaseURL: config.issuer,
      // Secure cookies need a base URL of https; on a developer's machine the real one is http, and is stated wherever it is used.
      baseURL: origin.replace(/^http:/, 'https:'),
      clientID: config.clientId,
      clientSecret: config.clientSecret,
      clientAuthMethod: 'client_secret_basic',
      secret: config.secrets,
      authRequired: false,
      idpLogout: true,
      enableTelemetry: false,
      authorizationParams: { response_type: 'code', scope: config.scope, redirect_uri: redirectUri },
      transactionCookie: { name: `${cookie}-signin`, sameSite: 'Lax' },
      routes: { login: false, logout: false, callback: false, postLogoutRedirect: `${origin}/`, backchannelLogout: `${basePath}/backchannel-logout` },
      backchannelLogout: createBackchannel({ redis, prefix: `${prefix}logout:`, seconds: config.absolute }),
      afterCallback: async (_request, _response, session) => {
        await checkIdToken(session.id_token);
        return { ...session, version: Date.now(), signedInAt: Date.now() };
      },
      session: {
        name: cookie,
        store: /** @type {any} */ (store),
        signSessionStoreCookie: true,
        rolling: true,
        rollingDuration: config.idle,
        absoluteDuration: config.absolute,
        cookie: { httpOnly: true, sameSite: 'Lax', secure: true, path: '/', transient: true },
      },
    }),
  );

  app.get(`${basePath}/login`, async (request, response) => {
    const returnTo = safeReturn(request.query.returnTo, origin);
    // A sign-in on top of a sign-in would keep the id of the first.
    if (request.oidc.isAuthenticated()) response.redirect(returnTo);
    else await response.oidc.login({ returnTo });
  });
  app.get(`${basePath}/callback`, (_request, response) => response.oidc.callback({ redirectUri }));
  app.post(`${basePath}/logout`, async (request, response) => {
    if (!fromOwnPage(request.headers, origin)) answer(response, 403, 'Forbidden');
    else await response.oidc.logout({ returnTo: `${origin}/` });
  });
  // For the gateway alone: it must not have a route that leads here.
  app.get(`${basePath}/token`, async (request, response) => {
    const session = /** @type {any} */ (request)[cookie];
    const token = request.oidc.isAuthenticated() ? await tokenOf(request, session) : undefined;
    if (token === undefined) {
      if (request.oidc.isAuthenticated()) /** @type {any} */ (request)[cookie] = undefined;
      answer(response, 401, 'Unauthorized');
    } else response.set({ Authorization: `Bearer ${token}`, 'Cache-Control': 'no-store' }).json({});
  });
  app.use((_request, response) => void answer(response, 404, 'Not found'));
  app.use((/** @type {any} */ error, /** @type {any} */ request, /** @type {any} */ response, /** @type {any} */ _next) => {
    const status = Number(error?.status ?? 503);
    log(`${request.method} ${request.path}: ${status} ${error?.error ?? ''} ${error?.message ?? ''}`);
    if (response.headersSent) response.destroy();
    else if (status >= 400 && status < 500) answer(response, status, 'The sign-in did not work: start again');
    else unavailable(response);
  });
  return app;
};
