// A hospital's own account system, as the npm package oidc-provider is one, for tests/it/oidc.rs. It says where it listens; people
// sign in there by a name alone, with or without a second factor, or give up. The key it signs with changes with a line on standard
// input.
"use strict";
const crypto = require("node:crypto");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { pathToFileURL } = require("node:url");

const { CALLBACK, SECRET, NODE_PATH } = process.env;

// What it says of itself is no answer to the test.
console.info = console.error;
console.warn = console.error;

// One form for everybody; the browser of the tests reads such as these.
const page = (action) => `<!doctype html><html lang="en"><title>Account system</title><form method="post" action="${action}">
<label>Account <input name="account" value=""></label>
<label>Code <input name="factor" value=""></label>
<label>Give up <input name="deny" value=""></label>
<button>Sign in</button></form>`;

function key(name) {
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: name, use: "sig", alg: "RS256" };
}

async function body(request) {
  let text = "";
  for await (const part of request) text += part;
  return Object.fromEntries(new URLSearchParams(text));
}

(async () => {
  // It is an ES module, which NODE_PATH does not lead to.
  const { Provider } = await import(pathToFileURL(path.join(NODE_PATH, "oidc-provider/lib/index.js")));
  const server = http.createServer();
  await new Promise((done) => server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;

  const make = (name) => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: "vienphi", client_secret: SECRET, redirect_uris: [CALLBACK], response_types: ["code"], grant_types: ["authorization_code"] }],
      jwks: { keys: [key(name)] },
      cookies: { keys: ["of a test"] },
      claims: { openid: ["sub", "acr", "amr"] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      // Nobody is asked whether the hospital may know who they are.
      async loadExistingGrant(context) {
        const { client, session } = context.oidc;
        const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope("openid");
        await grant.save();
        return grant;
      },
    });
    const answer = provider.callback();
    return async (request, response) => {
      if (!request.url.startsWith("/interaction/")) return answer(request, response);
      await provider.interactionDetails(request, response);
      if (request.method !== "POST") {
        response.setHeader("content-type", "text/html; charset=utf-8");
        return response.end(page(request.url));
      }
      const { account, factor, deny } = await body(request);
      const login = { accountId: account, amr: factor ? ["pwd", "otp"] : ["pwd"] };
      const result = deny ? { error: "access_denied", error_description: "given up" } : { login };
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    };
  };

  let handle = make("first");
  server.on("request", (request, response) =>
    handle(request, response).catch((error) => {
      console.error(error);
      response.statusCode = 500;
      response.end();
    }),
  );
  readline.createInterface({ input: process.stdin }).on("line", (line) => {
    if (line === "new key") handle = make("second");
    process.stdout.write("done\n");
  }).on("close", () => process.exit(0));
  process.stdout.write(`listening on ${issuer}\n`);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
